#include "lib/post.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"

#define FILE_BYTES_MAX 8192
#define BLANKS " \t\r"

static const struct {
    const char *key;
    size_t offset;
    bool needed;
} rows[] = {
    { "smtp", offsetof(struct post, smtp), true },
    { "pop3", offsetof(struct post, pop3), true },
    { "from", offsetof(struct post, from), true },
    { "to", offsetof(struct post, to), true },
    { "user", offsetof(struct post, user), false },
    { "password", offsetof(struct post, password), false },
    { "ca", offsetof(struct post, ca), false },
};
#define ROWS (sizeof(rows) / sizeof(*rows))

/* Blanks before and behind do not count. */
static char *trimmed(char *text)
{
    text += strspn(text, BLANKS);
    for (size_t length = strlen(text); length && strchr(BLANKS, text[length - 1]); length--)
        text[length - 1] = '\0';
    return text;
}

static int take_line(char *line, struct post *post)
{
    char *value = strchr(line, '=');
    if (!value)
        return -1;
    *value++ = '\0';
    const char *key = trimmed(line);
    value = trimmed(value);
    if (!strcmp(key, "plain")) {
        post->plain = !strcmp(value, "yes");
        return 0;
    }
    for (size_t i = 0; i < ROWS; i++) {
        if (strcmp(rows[i].key, key) || strlen(value) >= POST_VALUE_BYTES)
            continue;
        strcpy((char *)post + rows[i].offset, value);
        return 0;
    }
    return -1;
}

/* An address goes into a head as it is: nothing in it may begin another line. */
static bool is_address(const char *text)
{
    for (const char *at = text; *at; at++) {
        if (!isgraph((unsigned char)*at) || strchr("<>,;\"", *at))
            return false;
    }
    return strchr(text, '@') != NULL;
}

static int check(const struct post *post, struct problem *problem)
{
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].needed && !*((const char *)post + rows[i].offset))
            return problem_set(problem, "bad-post", rows[i].key, "%s is missing", rows[i].key);
    }
    if (strncmp(post->smtp, "smtp://", 7) && strncmp(post->smtp, "smtps://", 8))
        return problem_set(problem, "bad-post", "smtp", "smtp must be smtp://host or smtps://host");
    if (strncmp(post->pop3, "pop3://", 7) && strncmp(post->pop3, "pop3s://", 8))
        return problem_set(problem, "bad-post", "pop3", "pop3 must be pop3://host or pop3s://host");
    if (!is_address(post->from) || !is_address(post->to))
        return problem_set(problem, "bad-post", "from", "from and to must be mail addresses");
    return 0;
}

int post_parse(const char *text, size_t bytes, struct post *ret, struct problem *problem)
{
    struct post post = { 0 };
    char copy[FILE_BYTES_MAX + 1], *rest;
    if (bytes > FILE_BYTES_MAX || memchr(text, '\0', bytes))
        return problem_set(problem, "bad-post", "", "not a file of `key = value`");
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    for (char *line = strtok_r(copy, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest)) {
        line = trimmed(line);
        if (*line && *line != '#' && take_line(line, &post)) {
            crypto_forget(copy, sizeof(copy));
            return problem_set(problem, "bad-post", "", "not `key = value` with a key that is known: %.40s", line);
        }
    }
    crypto_forget(copy, sizeof(copy));
    if (check(&post, problem))
        return -1;
    *ret = post;
    return 0;
}

int post_load(const char *path, struct post *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, FILE_BYTES_MAX, &text, &bytes, problem))
        return -1;
    int error = post_parse(text, bytes, ret, problem);
    crypto_forget(text, bytes);
    free(text);
    return error;
}

/* Behind the first empty line; 0: there is none. */
static size_t head_bytes(const char *mail, size_t bytes)
{
    for (size_t i = 0; i + 1 < bytes; i++) {
        if (mail[i] != '\n')
            continue;
        if (mail[i + 1] == '\n')
            return i + 2;
        if (i + 2 < bytes && mail[i + 1] == '\r' && mail[i + 2] == '\n')
            return i + 3;
    }
    return 0;
}

int post_unwrap(const char *mail, size_t bytes, char **ret, size_t *ret_bytes)
{
    size_t at = head_bytes(mail, bytes), length = 0, found;
    if (!at)
        return -1;
    char *base64 = malloc(bytes - at + 1), *parcel = malloc(bytes - at + 1);
    for (size_t i = at; base64 && i < bytes; i++) {
        if (!strchr(BLANKS "\n", mail[i]) || !mail[i])
            base64[length++] = mail[i];
    }
    int error = !base64 || !parcel || crypto_unbase64(base64, length, parcel, bytes - at, &found);
    free(base64);
    if (error) {
        free(parcel);
        return -1;
    }
    *ret = parcel;
    *ret_bytes = found;
    return 0;
}
