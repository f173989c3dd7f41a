#include "lib/target/conf_url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/target/target.h"

#define DIGITS "0123456789"
#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define LETTERS LOWER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define SSH_PORT 22
#define HTTPS_PORT 443

/* The part of text up to the end of these characters, copied; its length, 0 if it is empty or too long. */
static size_t take_part(const char *text, const char *characters, char *ret, size_t room)
{
    size_t length = strspn(text, characters);
    if (length >= room)
        return 0;
    memcpy(ret, text, length);
    ret[length] = '\0';
    return length;
}

bool target_is_path(const char *path)
{
    if (*path != '/' || strlen(path) >= TARGET_PATH_BYTES)
        return false;
    for (const char *at = path; *at; at++) {
        if (iscntrl((unsigned char)*at))
            return false;
    }
    for (const char *word = path; word; word = strchr(word, '/')) {
        size_t length = strcspn(++word, "/");
        if (!length || (length <= 2 && strspn(word, ".") >= length))
            return false;
    }
    return true;
}

/* host[:port]; where the path begins, NULL if it is none. IPv6 in brackets, which are not kept. */
static const char *take_host(const char *text, uint16_t port, struct target_conf *conf)
{
    bool bracketed = *text == '[';
    size_t length = bracketed ? take_part(text + 1, DIGITS "abcdefABCDEF:.", conf->host, sizeof(conf->host))
                              : take_part(text, LETTERS DIGITS ".-", conf->host, sizeof(conf->host));
    text += length + bracketed;
    if (!length || *conf->host == '-' || (bracketed && *text++ != ']'))
        return NULL;
    conf->port = port;
    if (*text == ':') {
        char digits[6];
        length = take_part(text + 1, DIGITS, digits, sizeof(digits));
        unsigned long number = length ? strtoul(digits, NULL, 10) : 0;
        if (number < 1 || number > UINT16_MAX)
            return NULL;
        conf->port = (uint16_t)number;
        text += 1 + length;
    }
    return *text == '/' || !*text ? text : NULL;
}

static int take_path(const char *path, struct target_conf *conf)
{
    if (!target_is_path(path))
        return -1;
    strcpy(conf->path, path);
    return 0;
}

static int take_sftp(const char *rest, struct target_conf *conf)
{
    conf->kind = TARGET_SFTP;
    size_t length = take_part(rest, LETTERS DIGITS "._-", conf->user, sizeof(conf->user));
    if (!length || rest[length] != '@')
        return -1;
    rest = take_host(rest + length + 1, SSH_PORT, conf);
    /* The root of what the account sees, which it usually is in a chroot, is "". */
    return !rest ? -1 : *rest ? take_path(rest, conf) : 0;
}

static int take_s3(const char *rest, struct target_conf *conf)
{
    conf->kind = TARGET_S3;
    rest = take_host(rest, HTTPS_PORT, conf);
    if (!rest || !*rest)
        return -1;
    size_t length = take_part(++rest, LOWER DIGITS ".-", conf->bucket, sizeof(conf->bucket));
    rest += length;
    if (length < 3 || !isalnum((unsigned char)*conf->bucket))
        return -1;
    if (!*rest)
        return 0;
    if (*rest != '/' || !target_is_name(rest + 1))
        return -1;
    snprintf(conf->path, sizeof(conf->path), "%s", rest + 1);
    return 0;
}

static int take_directory(const char *rest, struct target_conf *conf)
{
    conf->kind = TARGET_DIRECTORY;
    return take_path(rest, conf);
}

int target_url_parse(const char *url, struct target_conf *ret)
{
    static const struct {
        const char *scheme;
        int (*take)(const char *rest, struct target_conf *);
    } sorts[] = { { "file://", take_directory }, { "sftp://", take_sftp }, { "s3://", take_s3 } };
    char copy[TARGET_PATH_BYTES + TARGET_HOST_BYTES];
    int bytes = snprintf(copy, sizeof(copy), "%s", url);
    if (!*url || bytes >= (int)sizeof(copy))
        return -1;
    /* A folder's slash says nothing. */
    if (copy[bytes - 1] == '/')
        copy[bytes - 1] = '\0';
    for (size_t i = 0; i < sizeof(sorts) / sizeof(*sorts); i++) {
        size_t length = strlen(sorts[i].scheme);
        if (strncmp(copy, sorts[i].scheme, length))
            continue;
        struct target_conf conf = *ret;
        if (sorts[i].take(copy + length, &conf))
            return -1;
        *ret = conf;
        return 0;
    }
    return -1;
}
