#include "lib/target/conf.h"

#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/target/conf_url.h"

#define LINE_BYTES (TARGET_PATH_BYTES + 64)
#define DIRECTORY (1u << TARGET_DIRECTORY)
#define SFTP (1u << TARGET_SFTP)
#define S3 (1u << TARGET_S3)
#define LOCK_DAYS_MAX 3650

/* How a value is written. -1: it is not. */
static int take_url(const char *value, struct target_conf *conf, char *place)
{
    (void)place;
    return target_url_parse(value, conf);
}

static int take_host_key(const char *value, struct target_conf *conf, char *place)
{
    static const char head[] = "SHA256:";
    char padded[48];
    size_t bytes;
    (void)place;
    /* As ssh-keygen writes it: base64 of 32 bytes without its one `=`. */
    if (strncmp(value, head, sizeof(head) - 1) || strlen(value) != sizeof(head) - 1 + 43)
        return -1;
    snprintf(padded, sizeof(padded), "%s=", value + sizeof(head) - 1);
    return crypto_unbase64(padded, strlen(padded), conf->host_key, sizeof(conf->host_key), &bytes);
}

static int take_file(const char *value, struct target_conf *conf, char *place)
{
    (void)conf;
    if (!target_is_path(value))
        return -1;
    strcpy(place, value);
    return 0;
}

static int take_recovery(const char *value, struct target_conf *conf, char *place)
{
    (void)place;
    if (conf->recoveries == TARGET_RECIPIENTS_MAX || !target_is_path(value))
        return -1;
    strcpy(conf->recovery[conf->recoveries++], value);
    return 0;
}

static int take_word(const char *value, struct target_conf *conf, char *place)
{
    (void)conf;
    size_t length = strlen(value);
    if (!length || length >= TARGET_WORD_BYTES)
        return -1;
    for (const char *at = value; *at; at++) {
        if (!isalnum((unsigned char)*at) && *at != '-')
            return -1;
    }
    strcpy(place, value);
    return 0;
}

static int take_days(const char *value, struct target_conf *conf, char *place)
{
    (void)place;
    char *end;
    unsigned long days = strtoul(value, &end, 10);
    if (!isdigit((unsigned char)*value) || *end || days < 1 || days > LOCK_DAYS_MAX)
        return -1;
    conf->lock_days = (unsigned)days;
    return 0;
}

#define PLACE(member) offsetof(struct target_conf, member)

static const struct key {
    const char *name;
    int (*take)(const char *value, struct target_conf *, char *place);
    size_t offset;
    unsigned kinds, needed; /* by which kinds it is known, of which it is demanded; bits 1 << enum target_kind */
    bool repeated;
    const char *wanted; /* ends the sentence "KEY must be …" */
} keys[] = {
    { "url", take_url, 0, DIRECTORY | SFTP | S3, DIRECTORY | SFTP | S3, false,
        "file:///folder, sftp://user@host[:port]/folder or s3://host[:port]/bucket[/folder]" },
    { "host_key", take_host_key, 0, SFTP, SFTP, false, "SHA256: and 43 characters, as `ssh-keygen -lf` shows it" },
    { "credentials", take_file, PLACE(credentials), SFTP | S3, SFTP | S3, false, "an absolute path" },
    { "ca", take_file, PLACE(ca), S3, 0, false, "an absolute path" },
    { "region", take_word, PLACE(region), S3, 0, false, "a word, as us-east-1" },
    { "bucket_owner", take_word, PLACE(bucket_owner), S3, 0, false, "the number of an account" },
    { "lock_days", take_days, 0, S3, 0, false, "a number from 1 to 3650" },
    { "recovery", take_recovery, 0, DIRECTORY | SFTP | S3, DIRECTORY | SFTP | S3, true,
        "an absolute path, and given at most 8 times" },
    { "restore_service", take_file, PLACE(restore_service), DIRECTORY | SFTP | S3, 0, false, "an absolute path" },
};
#define KEYS (sizeof(keys) / sizeof(*keys))

/* What is being read. */
struct reading {
    const char *path;
    unsigned line, begun; /* where the present target began */
    unsigned seen;        /* of its keys, bits by index */
    struct target_confs confs;
};

static struct target_conf *present(struct reading *reading)
{
    return reading->confs.n ? &reading->confs.all[reading->confs.n - 1] : NULL;
}

/* The target that was read is whole, and has no key that its kind does not know. */
static int finish(struct reading *reading, struct problem *problem)
{
    struct target_conf *conf = present(reading);
    for (size_t i = 0; conf && i < KEYS; i++) {
        bool there = reading->seen & 1u << i, known = keys[i].kinds & 1u << conf->kind;
        if (!there && keys[i].needed & 1u << conf->kind)
            return problem_set(problem, "bad-targets", keys[i].name, "%s:%u: the target %s has no %s", reading->path,
                reading->begun, conf->name, keys[i].name);
        if (there && !known)
            return problem_set(problem, "bad-targets", keys[i].name,
                "%s:%u: the target %s has a %s, which its url knows nothing of", reading->path, reading->begun,
                conf->name, keys[i].name);
    }
    if (conf && conf->kind == TARGET_S3 && !*conf->region)
        strcpy(conf->region, "us-east-1");
    return 0;
}

/* "[name]" */
static int begin(struct reading *reading, char *line, struct problem *problem)
{
    size_t length = strlen(line);
    struct target_conf conf = { 0 };
    if (finish(reading, problem))
        return -1;
    if (line[length - 1] == ']')
        line[length - 1] = '\0';
    if (length < 3 || line[length - 1] || take_word(line + 1, &conf, conf.name))
        return problem_set(problem, "bad-targets", "", "%s:%u: a target begins with [its-name]: letters, digits and -",
            reading->path, reading->line);
    for (unsigned i = 0; i < reading->confs.n; i++) {
        if (!strcmp(reading->confs.all[i].name, conf.name))
            return problem_set(problem, "bad-targets", conf.name, "%s:%u: the target %s stands twice", reading->path,
                reading->line, conf.name);
    }
    if (reading->confs.n == TARGETS_MAX)
        return problem_set(
            problem, "bad-targets", "", "%s:%u: more than %d targets", reading->path, reading->line, TARGETS_MAX);
    reading->confs.all[reading->confs.n++] = conf;
    reading->begun = reading->line;
    reading->seen = 0;
    return 0;
}

static int take_pair(struct reading *reading, const char *name, const char *value, struct problem *problem)
{
    struct target_conf *conf = present(reading);
    size_t i = 0;
    while (i < KEYS && strcmp(keys[i].name, name))
        i++;
    if (i == KEYS || !conf)
        return problem_set(problem, "bad-targets", name, "%s:%u: %s %.40s", reading->path, reading->line,
            conf ? "there is no key" : "no [name] stands before", name);
    if (reading->seen & 1u << i && !keys[i].repeated)
        return problem_set(problem, "bad-targets", name, "%s:%u: %s stands twice", reading->path, reading->line, name);
    if (keys[i].take(value, conf, (char *)conf + keys[i].offset))
        return problem_set(problem, "bad-targets", name, "%s:%u: %s must be %s, not %.60s", reading->path,
            reading->line, name, keys[i].wanted, value);
    reading->seen |= 1u << i;
    return 0;
}

static char *trimmed(char *text)
{
    text += strspn(text, " \t\r");
    size_t length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static int take_line(struct reading *reading, char *line, struct problem *problem)
{
    line = trimmed(line);
    if (!*line || *line == '#')
        return 0;
    if (*line == '[')
        return begin(reading, line, problem);
    char *equals = strchr(line, '=');
    if (!equals)
        return problem_set(
            problem, "bad-targets", "", "%s:%u: neither [name] nor key = value", reading->path, reading->line);
    *equals = '\0';
    return take_pair(reading, trimmed(line), trimmed(equals + 1), problem);
}

void target_confs_free(struct target_confs *confs)
{
    free(confs->all);
    *confs = (struct target_confs){ 0 };
}

int target_confs_parse(const char *path, const char *text, struct target_confs *ret, struct problem *problem)
{
    struct reading reading = { .path = path };
    int error = 0;
    reading.confs.all = calloc(TARGETS_MAX, sizeof(*reading.confs.all));
    if (!reading.confs.all)
        return problem_set(problem, "no-memory", "", "no memory");
    while (*text && !error) {
        char line[LINE_BYTES];
        size_t length = strcspn(text, "\n");
        reading.line++;
        snprintf(line, sizeof(line), "%.*s", (int)length, text);
        error = length < sizeof(line) ? take_line(&reading, line, problem)
                                      : problem_set(problem, "bad-targets", "", "%s:%u: longer than %d bytes", path,
                                            reading.line, LINE_BYTES - 1);
        text += length + (text[length] == '\n');
    }
    if (!error)
        error = finish(&reading, problem);
    if (error)
        target_confs_free(&reading.confs);
    else
        *ret = reading.confs;
    return error;
}

int target_confs_load(const char *path, struct target_confs *ret, struct problem *problem)
{
    char *text;
    if (file_read_trusted(path, TARGETS_LIMIT_BYTES, &text, problem))
        return -1;
    int error = target_confs_parse(path, text, ret, problem);
    free(text);
    return error;
}

int target_conf_find(const char *path, const char *name, struct target_conf *ret, struct problem *problem)
{
    struct target_confs confs;
    if (target_confs_load(path, &confs, problem))
        return -1;
    unsigned i = 0;
    while (i < confs.n && strcmp(confs.all[i].name, name))
        i++;
    int error = 0;
    if (i < confs.n)
        *ret = confs.all[i];
    else
        error = problem_set(problem, "unknown-target", name, "%s has no target %.60s", path, name);
    target_confs_free(&confs);
    return error;
}

int target_conf_directory(const char *folder, struct target_conf *ret, struct problem *problem)
{
    struct target_conf conf = { .kind = TARGET_DIRECTORY, .name = "directory" };
    if (strlen(folder) >= sizeof(conf.path))
        return problem_set(problem, "bad-targets", "", "the path %.60s… is too long", folder);
    strcpy(conf.path, folder);
    *ret = conf;
    return 0;
}
