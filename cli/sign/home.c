#include "cli/sign/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"

#define TRUST "trust.jsonl" /* envelopes, one a line: the chain as agents get it */
#define REVOCATION "revocation.json"

int home_path(const struct cli *cli, const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char folder[PATH_MAX];
    const char *user = getenv("HOME");
    int error = 0;
    if (cli->options.home)
        error = cli_path(cli, cli->options.home, folder, problem);
    else if (!user || snprintf(folder, sizeof(folder), "%s/.vedette", user) >= (int)sizeof(folder))
        error = problem_set(problem, "file", "--home", "there is no home directory: say --home");
    if (error || dir_make(folder, 0700, problem))
        return -1;
    if (snprintf(ret, PATH_MAX, "%s%s%s", folder, *name ? "/" : "", name) >= PATH_MAX)
        return problem_set(problem, "file", "--home", "the path of %.100s is too long", folder);
    return 0;
}

/* 0; 1: it is absent, and nothing was set; -1. */
static int read_home(
    const struct cli *cli, const char *name, size_t limit, char **ret, size_t *ret_bytes, struct problem *problem)
{
    char path[PATH_MAX];
    return home_path(cli, name, path, problem) ? -1 : file_read_if_any(path, limit, ret, ret_bytes, problem);
}

/* What stands in our own folder is believed from its first line on: that was compared when it came there. */
static struct trust *walk(const char *chain, size_t bytes, struct problem *problem)
{
    struct dsse first;
    if (dsse_parse(chain, strcspn(chain, "\n"), &first, problem))
        return NULL;
    struct trust *trust = trust_history_from_pin(chain, bytes, first.sha256, problem);
    dsse_free(&first);
    return trust;
}

struct trust *home_trust(const struct cli *cli, struct problem *problem)
{
    char *chain;
    size_t bytes;
    int status = read_home(cli, TRUST, TRUST_CHAIN_BYTES, &chain, &bytes, problem);
    if (status > 0)
        problem_set(problem, "no-trust", "--home",
            "no trust file is known here yet: `vedette trust init` makes the first, `vedette trust adopt` takes "
            "another's");
    if (status)
        return NULL;
    struct trust *trust = walk(chain, bytes, problem);
    free(chain);
    return trust;
}

static int append(const struct cli *cli, const char *text, size_t bytes, struct problem *problem)
{
    char path[PATH_MAX], *chain = NULL;
    size_t chain_bytes = 0;
    struct buf out = { .limit_bytes = TRUST_CHAIN_BYTES };
    if (read_home(cli, TRUST, TRUST_CHAIN_BYTES, &chain, &chain_bytes, problem) < 0)
        return -1;
    buf_append(&out, chain ? chain : "", chain_bytes);
    buf_append(&out, text, bytes);
    buf_text(&out, "\n");
    int error = out.failed
                    ? problem_set(problem, "too-large", "", "the chain of trust files has grown too long")
                    : home_path(cli, TRUST, path, problem) || file_write(path, out.data, out.length, 0600, problem);
    buf_free(&out);
    free(chain);
    return error ? -1 : 0;
}

/* A key that was revoked, because it was stolen perhaps, changes nothing any more. */
static struct trust *follow(
    const struct cli *cli, const struct trust *have, const char *text, size_t bytes, struct problem *problem)
{
    struct document revocation;
    if (home_revocation(cli, &revocation, problem))
        return NULL;
    struct trust *next = trust_follow(have, trust_revoked_by(&revocation), text, bytes, problem);
    document_free(&revocation);
    return next;
}

int home_adopt(const struct cli *cli, const char *text, size_t bytes, const uint8_t *sha256, struct problem *problem)
{
    struct problem none = { .code = "" };
    struct trust *have = home_trust(cli, &none);
    if (!have && strcmp(none.code, "no-trust")) {
        if (problem)
            *problem = none;
        return -1;
    }
    if (!have && !sha256)
        return problem_set(
            problem, "usage", "SHA256", "the first trust file is taken by its SHA-256, which people compared");
    struct trust *next = have ? follow(cli, have, text, bytes, problem) : trust_pin(text, bytes, sha256, problem);
    int error = next ? append(cli, text, bytes, problem) : -1;
    trust_free(next);
    trust_free(have);
    return error;
}

/* The same name for freeze and unfreeze, which are versions of one document. */
static int name_of(const struct document_head *head, char ret[80])
{
    const char *kind = head->kind == DOCUMENT_KIND_UNFREEZE ? "freeze" : document_kind_words[head->kind];
    return snprintf(ret, 80, "signed/%s-%s.json", kind, head->document);
}

int home_before(const struct cli *cli, const struct document_head *head, struct buf *ret, struct problem *problem)
{
    char name[80], *text;
    size_t bytes;
    name_of(head, name);
    int status = read_home(cli, name, DSSE_PAYLOAD_BYTES, &text, &bytes, problem);
    if (status)
        return status < 0 ? -1 : 0;
    int error = buf_append(ret, text, bytes) ? problem_set(problem, "no-memory", "", "no memory") : 0;
    free(text);
    return error;
}

int home_signed(
    const struct cli *cli, const struct dsse *dsse, const struct document_head *head, struct problem *problem)
{
    char name[80], path[PATH_MAX];
    name_of(head, name);
    return home_path(cli, "signed", path, problem) || dir_make(path, 0700, problem) ||
                   home_path(cli, name, path, problem) ||
                   file_write(path, dsse->payload, dsse->payload_bytes, 0600, problem)
               ? -1
               : 0;
}

int home_revocation(const struct cli *cli, struct document *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    struct document revocation = { 0 };
    int status = read_home(cli, REVOCATION, DSSE_BYTES, &text, &bytes, problem);
    if (!status) {
        status = document_open_kind(text, DOCUMENT_KIND_REVOCATION, &revocation, problem);
        free(text);
    }
    if (status < 0)
        return -1;
    *ret = revocation;
    return 0;
}

int home_keep_revocation(const struct cli *cli, const char *text, size_t bytes, struct problem *problem)
{
    char path[PATH_MAX];
    struct document have, next;
    if (home_revocation(cli, &have, problem) || home_path(cli, REVOCATION, path, problem))
        return -1;
    int error = document_open(text, &next, problem);
    bool newer = !error && (!have.json || next.body.head.version > have.body.head.version);
    if (!error)
        document_free(&next);
    document_free(&have);
    return error || (newer && file_write(path, text, bytes, 0600, problem)) ? -1 : 0;
}
