#include "agent/work/progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/place.h"
#include "lib/files.h"
#include "lib/json_file.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define PATH_BYTES (sizeof(PROGRESS_DIR) + DOCUMENT_ID_BYTES + 1)

static bool is_hex(const char *text, size_t digits)
{
    return strlen(text) == digits && strspn(text, "0123456789abcdef") == digits;
}

static int take(json_t *json, struct progress *ret, struct problem *problem)
{
    struct progress progress = { 0 };
    const char *document, *sha256, *chain, *telling;
    json_int_t version, keep_until, since, last, asked, occurrence, runs, links = 0;
    int begun, running, over, told, delivered = true; /* versions before told it as soon as it was kept */
    if (json_unpack_ex(json, NULL, JSON_STRICT,
            "{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s?b, s:I, s:I, s:I, s?I, s:s, s:s}", "document",
            &document, "sha256", &sha256, "version", &version, "keep_until", &keep_until, "since", &since, "last",
            &last, "begun", &begun, "running", &running, "over", &over, "told", &told, "delivered", &delivered, "asked",
            &asked, "occurrence", &occurrence, "runs", &runs, "links", &links, "chain", &chain, "telling", &telling) ||
        !is_hex(document, DOCUMENT_ID_BYTES - 1) || version < 1 || version > UINT32_MAX || occurrence < 0 || runs < 0 ||
        links < 0 || strlen(telling) >= sizeof(progress.telling) ||
        crypto_unhex(sha256, progress.sha256, sizeof(progress.sha256)) ||
        crypto_unhex(chain, progress.chain.head, sizeof(progress.chain.head)))
        return problem_set(problem, "bad-state", "progress", "not a file of progress");
    memcpy(progress.document, document, DOCUMENT_ID_BYTES);
    progress.version = (uint32_t)version;
    progress.keep_until_ms = keep_until;
    progress.since_ms = since;
    progress.last_ms = last;
    progress.begun = begun;
    progress.running = running;
    progress.over = over;
    progress.told = told;
    progress.delivered = delivered;
    progress.asked_ms = asked;
    progress.occurrence = occurrence;
    progress.runs = (uint64_t)runs;
    progress.chain.links = (uint64_t)links;
    if (!links)
        progress.chain = (struct run_chain){ 0 };
    strcpy(progress.telling, telling);
    *ret = progress;
    return 0;
}

int progress_parse(const char *text, size_t bytes, struct progress *ret, struct problem *problem)
{
    json_t *json = message_parse(text, bytes, problem);
    int error = json ? take(json, ret, problem) : -1;
    json_decref(json);
    return error;
}

static void path_of(const char *document, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, PROGRESS_DIR "/%s", document);
}

bool progress_exists(const char *document)
{
    char path[PATH_BYTES];
    path_of(document, path);
    return !file_absent(path);
}

int progress_load(const char *document, struct progress *ret, struct problem *problem)
{
    char path[PATH_BYTES], *text;
    size_t bytes;
    path_of(document, path);
    if (file_read(path, PROGRESS_LIMIT_BYTES, &text, &bytes, problem))
        return -1;
    int error = progress_parse(text, bytes, ret, problem);
    if (!error && strcmp(ret->document, document))
        error = problem_set(problem, "bad-state", path, "%s is of another document", path);
    free(text);
    return error;
}

int progress_save(const struct progress *progress, struct problem *problem)
{
    char path[PATH_BYTES], sha256[HEX_BYTES(SHA256_BYTES)], chain[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(progress->sha256, sizeof(progress->sha256), sha256);
    crypto_hex(progress->chain.head, sizeof(progress->chain.head), chain);
    path_of(progress->document, path);
    json_t *json = json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:b, s:b, s:b, s:b, s:b, s:I, s:I, s:I, s:I, s:s, s:s}",
        "document", progress->document, "sha256", sha256, "version", (json_int_t)progress->version, "keep_until",
        (json_int_t)progress->keep_until_ms, "since", (json_int_t)progress->since_ms, "last",
        (json_int_t)progress->last_ms, "begun", progress->begun, "running", progress->running, "over", progress->over,
        "told", progress->told, "delivered", progress->delivered, "asked", (json_int_t)progress->asked_ms, "occurrence",
        (json_int_t)progress->occurrence, "runs", (json_int_t)progress->runs, "links",
        (json_int_t)progress->chain.links, "chain", chain, "telling", progress->telling);
    return json_file_write(path, json, JSON_COMPACT, 0600, problem);
}

void progress_remove(const char *document)
{
    char path[PATH_BYTES];
    path_of(document, path);
    unlink(path);
}

void progress_begin(
    struct progress *progress, const struct document_head *head, const uint8_t sha256[SHA256_BYTES], int64_t now_ms)
{
    int64_t keep_until_ms = progress->keep_until_ms > head->expires ? progress->keep_until_ms : head->expires;
    struct progress fresh = {
        .version = head->version, .keep_until_ms = keep_until_ms, .since_ms = now_ms, .runs = progress->runs
    };
    snprintf(fresh.document, sizeof(fresh.document), "%s", head->document);
    memcpy(fresh.sha256, sha256, sizeof(fresh.sha256));
    strcpy(fresh.telling, progress->telling);
    fresh.chain = progress->chain;
    *progress = fresh;
}
