/* The transfers of lib/post.h. */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/crypto.h"
#include "lib/parcel.h"
#include "lib/post.h"
#include "lib/problem.h"

#define CONNECT_LIMIT_MS 10000
#define TRANSFER_LIMIT_MS 60000
#define LINE_CHARACTERS 76                    /* of base64 in mails, RFC 2045 */
#define MAIL_BYTES_MAX (2 * PARCEL_BYTES_MAX) /* base64, line ends, what servers add to the head */

static int failed(CURLcode code, const char *error, const char *place, struct problem *problem)
{
    const char *why = *error ? error : curl_easy_strerror(code);
    return problem_set(
        problem, code == CURLE_PEER_FAILED_VERIFICATION ? "untrusted" : "unreached", place, "%s: %s", place, why);
}

static size_t collect(char *data, size_t size, size_t count, void *arg)
{
    return buf_append(arg, data, size * count) ? 0 : size * count;
}

/* What both have. */
static CURL *open_curl(const struct post *post, const char *protocols, char *error)
{
    CURL *curl = curl_easy_init();
    bool set = curl && !curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, error) &&
               !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, protocols) &&
               !curl_easy_setopt(curl, CURLOPT_PROXY, "") && !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) &&
               !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_LIMIT_MS) &&
               !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)TRANSFER_LIMIT_MS) &&
               !curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) &&
               !curl_easy_setopt(curl, CURLOPT_USE_SSL, (long)(post->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL)) &&
               (!*post->ca || (!curl_easy_setopt(curl, CURLOPT_CAINFO, post->ca) &&
                                  !curl_easy_setopt(curl, CURLOPT_CAPATH, NULL))) &&
               (!*post->user || (!curl_easy_setopt(curl, CURLOPT_USERNAME, post->user) &&
                                    !curl_easy_setopt(curl, CURLOPT_PASSWORD, post->password)));
    if (set)
        return curl;
    curl_easy_cleanup(curl);
    return NULL;
}

struct upload {
    struct buf text;
    size_t sent;
};

static size_t give(char *place, size_t size, size_t count, void *arg)
{
    struct upload *upload = arg;
    size_t left = upload->text.length - upload->sent, part = left < size * count ? left : size * count;
    memcpy(place, upload->text.data + upload->sent, part);
    upload->sent += part;
    return part;
}

static int write_mail(const struct post *post, const char *to, const void *parcel, size_t bytes, struct buf *out)
{
    char date[64], *base64 = malloc(BASE64_BYTES(bytes));
    uint8_t id[16];
    char hex[HEX_BYTES(sizeof(id))];
    time_t now = time(NULL);
    struct tm utc;
    if (!base64)
        return -1;
    crypto_base64(parcel, bytes, base64);
    crypto_random(id, sizeof(id));
    crypto_hex(id, sizeof(id), hex);
    strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S +0000", gmtime_r(&now, &utc));
    int error = buf_format(out,
        "Date: %s\r\nFrom: <%s>\r\nTo: <%s>\r\nMessage-ID: <%s@vedette>\r\nSubject: vedette parcel\r\n"
        "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\nContent-Type: application/octet-stream\r\n"
        "Content-Transfer-Encoding: base64\r\n\r\n",
        date, post->from, to, hex);
    for (size_t at = 0, length = strlen(base64); at < length && !error; at += LINE_CHARACTERS)
        error = buf_format(out, "%.*s\r\n", LINE_CHARACTERS, base64 + at);
    free(base64);
    return error;
}

int post_send(const struct post *post, const char *to, const void *parcel, size_t bytes, struct problem *problem)
{
    char error[CURL_ERROR_SIZE] = "";
    struct upload upload = { .text.limit_bytes = MAIL_BYTES_MAX };
    struct curl_slist *recipients = curl_slist_append(NULL, to);
    CURL *curl = open_curl(post, "smtp,smtps", error);
    CURLcode code = CURLE_OUT_OF_MEMORY;
    if (curl && recipients && !write_mail(post, to, parcel, bytes, &upload.text) &&
        !curl_easy_setopt(curl, CURLOPT_URL, post->smtp) && !curl_easy_setopt(curl, CURLOPT_MAIL_FROM, post->from) &&
        !curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients) && !curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L) &&
        !curl_easy_setopt(curl, CURLOPT_READFUNCTION, give) && !curl_easy_setopt(curl, CURLOPT_READDATA, &upload))
        code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    curl_slist_free_all(recipients);
    buf_free(&upload.text);
    return code ? failed(code, error, post->smtp, problem) : 0;
}

/* A request about the mail of this number; 0: about all. Over the same connection each time. */
static CURLcode request(CURL *curl, const struct post *post, unsigned long number, const char *command, struct buf *ret)
{
    char url[POST_VALUE_BYTES + 24];
    size_t length = strlen(post->pop3);
    const char *slash = post->pop3[length - 1] == '/' ? "" : "/";
    if (number)
        snprintf(url, sizeof(url), "%s%s%lu", post->pop3, slash, number);
    else
        snprintf(url, sizeof(url), "%s%s", post->pop3, slash);
    if (curl_easy_setopt(curl, CURLOPT_URL, url) || curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, command) ||
        curl_easy_setopt(curl, CURLOPT_NOBODY, command ? 1L : 0L) ||
        curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect) || curl_easy_setopt(curl, CURLOPT_WRITEDATA, ret))
        return CURLE_OUT_OF_MEMORY;
    return curl_easy_perform(curl);
}

/* Fetch a mail, hand over its parcel, then delete it. A mail that is no parcel is deleted, too. */
static CURLcode take_mail(CURL *curl, const struct post *post, unsigned long number,
    int (*take)(void *arg, const char *parcel, size_t bytes), void *arg)
{
    struct buf mail = { .limit_bytes = MAIL_BYTES_MAX }, nothing = { 0 };
    char *parcel;
    size_t bytes;
    int kept = 0;
    CURLcode code = request(curl, post, number, NULL, &mail);
    if (!code && mail.data && !post_unwrap(mail.data, mail.length, &parcel, &bytes)) {
        kept = take(arg, parcel, bytes);
        free(parcel);
    }
    if (!code && !kept)
        code = request(curl, post, number, "DELE", &nothing);
    buf_free(&mail);
    buf_free(&nothing);
    return code;
}

int post_fetch(const struct post *post, int (*take)(void *arg, const char *parcel, size_t bytes), void *arg,
    struct problem *problem)
{
    char error[CURL_ERROR_SIZE] = "";
    struct buf list = { .limit_bytes = 1u << 20 };
    CURL *curl = open_curl(post, "pop3,pop3s", error);
    CURLcode code = curl ? request(curl, post, 0, NULL, &list) : CURLE_OUT_OF_MEMORY;
    const char *line = list.data ? list.data : "";
    for (unsigned n = 0; !code && n < POST_MAILS_MAX && *line; n++) {
        unsigned long number = strtoul(line, NULL, 10);
        if (number)
            code = take_mail(curl, post, number, take, arg);
        line += strcspn(line, "\n");
        line += *line == '\n';
    }
    /* Says QUIT, with which the server deletes. */
    curl_easy_cleanup(curl);
    buf_free(&list);
    return code ? failed(code, error, post->pop3, problem) : 0;
}
