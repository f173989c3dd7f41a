#include "agent/work/knowledge.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/place.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "lib/signed/status_file.h"

#define NAME_BYTES 64

/* A file that is there: its document. None: *ret stays empty. */
static int load_document(const char *file, enum document_kind kind, struct document *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_absent(file))
        return 0;
    if (file_read_secret(file, DSSE_BYTES, &text, &bytes, problem))
        return -1;
    int error = document_open_kind(text, kind, ret, problem);
    free(text);
    return error;
}

static void count_status(struct knowledge *knowledge)
{
    knowledge->status_counts =
        knowledge->status.json && status_file_counts(STATUS_FILE, knowledge->trust, knowledge_revoked(knowledge));
}

/* All versions in order, an envelope a line. */
static int load_chain(struct buf *ret, struct problem *problem)
{
    ret->limit_bytes = TRUST_CHAIN_BYTES;
    for (unsigned version = 1; version < 100000; version++) {
        char path[NAME_BYTES], *text;
        size_t bytes;
        snprintf(path, sizeof(path), TRUST_DIR "/%u", version);
        /* It begins at the pinned one, and is without gaps from there. */
        if (file_absent(path) && ret->length)
            break;
        if (file_absent(path))
            continue;
        if (file_read_secret(path, DSSE_BYTES, &text, &bytes, problem))
            return -1;
        int error = buf_append(ret, text, bytes) || buf_append(ret, "\n", 1);
        free(text);
        if (error)
            return problem_set(problem, "no-memory", "", "no memory for the trust files");
    }
    return 0;
}

int knowledge_load(struct knowledge *ret, struct problem *problem)
{
    struct knowledge knowledge = { 0 };
    struct buf chain = { 0 };
    if (!time_floor_load(TIME_FILE, &knowledge.floor, problem) && !log_memory_load(&knowledge.log, problem) &&
        !home_load(&knowledge.home, problem) && !load_chain(&chain, problem))
        knowledge.trust =
            trust_history_from_pin(chain.data ? chain.data : "", chain.length, knowledge.home.pin, problem);
    buf_free(&chain);
    if (!knowledge.trust || load_document(STATUS_FILE, DOCUMENT_KIND_STATUS, &knowledge.status, problem) ||
        load_document(REVOCATION_FILE, DOCUMENT_KIND_REVOCATION, &knowledge.revocation, problem)) {
        knowledge_free(&knowledge);
        return -1;
    }
    count_status(&knowledge);
    *ret = knowledge;
    return 0;
}

void knowledge_free(struct knowledge *knowledge)
{
    trust_free(knowledge->trust);
    document_free(&knowledge->status);
    document_free(&knowledge->revocation);
}

const struct document_status *knowledge_has_status(const struct knowledge *knowledge)
{
    return knowledge->status_counts ? &knowledge->status.body.status : NULL;
}

struct trust_revoked knowledge_revoked(const struct knowledge *knowledge)
{
    return trust_revoked_by(&knowledge->revocation);
}

int64_t knowledge_floor(const struct knowledge *knowledge)
{
    return knowledge->status.json ? knowledge->status.body.head.made_at : 0;
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t knowledge_now(const struct knowledge *knowledge, int64_t wall_ms)
{
    return later(wall_ms, later(knowledge_floor(knowledge), time_floor_now(&knowledge->floor)));
}

int knowledge_keep_time(struct knowledge *knowledge, struct problem *problem)
{
    return time_floor_raise(&knowledge->floor, TIME_FILE, knowledge_floor(knowledge), problem);
}

static int keep_trust(const struct trust *trust, const char *text, size_t bytes, struct problem *problem)
{
    char path[NAME_BYTES];
    snprintf(path, sizeof(path), TRUST_DIR "/%u", trust->body->head.version);
    while (bytes && text[bytes - 1] == '\n')
        bytes--;
    return file_write(path, text, bytes, 0600, problem);
}

int knowledge_trust(struct knowledge *knowledge, const char *text, size_t bytes, struct problem *problem)
{
    struct trust *next = trust_follow(knowledge->trust, knowledge_revoked(knowledge), text, bytes, problem);
    if (!next || keep_trust(next, text, bytes, problem)) {
        trust_free(next);
        return -1;
    }
    trust_free(knowledge->trust);
    knowledge->trust = next;
    count_status(knowledge);
    return 0;
}

static int replace(
    struct document *held, struct document *next, const char *file, const char *text, struct problem *problem)
{
    if (file_write(file, text, strlen(text), 0600, problem)) {
        document_free(next);
        return -1;
    }
    document_free(held);
    *held = *next;
    return 0;
}

int knowledge_status(struct knowledge *knowledge, const struct dsse *dsse, const char *text, struct problem *problem)
{
    struct document next;
    if (status_follow(dsse, knowledge->trust, knowledge_revoked(knowledge), knowledge_has_status(knowledge),
            clock_wall_ms(), &next, problem) ||
        replace(&knowledge->status, &next, STATUS_FILE, text, problem))
        return -1;
    knowledge->status_counts = true;
    return 0;
}

int knowledge_revocation(
    struct knowledge *knowledge, const struct dsse *dsse, const char *text, struct problem *problem)
{
    struct document next;
    if (revocation_follow(dsse, knowledge->trust, knowledge_revoked(knowledge), &next, problem) ||
        replace(&knowledge->revocation, &next, REVOCATION_FILE, text, problem))
        return -1;
    count_status(knowledge);
    return 0;
}

static void empty(const char *folder)
{
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(open), entry->d_name, 0);
    }
    if (open)
        closedir(open);
}

static void forget(bool other_deployment)
{
    empty(TRUST_DIR);
    unlink(STATUS_FILE);
    unlink(TIME_FILE);
    unlink(REVOCATION_FILE);
    if (!other_deployment)
        return;
    empty(DOCUMENTS_DIR);
    empty(PROGRESS_DIR);
    unlink(STREAMS_FILE);
}

/* Each line from the pinned one on. */
static int keep_chain(const char *chain, size_t bytes, uint32_t first, struct problem *problem)
{
    const char *end = chain + bytes;
    for (const char *line = chain; line < end;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop ? (size_t)(stop - line) : (size_t)(end - line);
        struct dsse dsse;
        struct trust *trust = NULL;
        if (length && !dsse_parse(line, length, &dsse, problem)) {
            trust = trust_read(&dsse, problem);
            dsse_free(&dsse);
        }
        int error = length && !trust ? -1 : 0;
        if (trust && trust->body->head.version >= first)
            error = keep_trust(trust, line, length, problem);
        trust_free(trust);
        if (error)
            return -1;
        line += length + 1;
    }
    return 0;
}

static uint32_t pinned_version(const char *chain, size_t bytes, const uint8_t pin[SHA256_BYTES])
{
    const char *end = chain + bytes;
    uint32_t version = 0;
    for (const char *line = chain; line < end && !version;) {
        const char *stop = memchr(line, '\n', (size_t)(end - line));
        size_t length = stop ? (size_t)(stop - line) : (size_t)(end - line);
        struct trust *trust = length ? trust_pin(line, length, pin, NULL) : NULL;
        version = trust ? trust->body->head.version : 0;
        trust_free(trust);
        line += length + 1;
    }
    return version;
}

int knowledge_adopt(const struct home *home, const char *chain, size_t bytes, struct problem *problem)
{
    struct home before, now = *home;
    struct trust *trust = trust_history_from_pin(chain, bytes, home->pin, problem);
    if (!trust)
        return -1;
    snprintf(now.deployment, sizeof(now.deployment), "%s", trust->body->head.deployment);
    trust_free(trust);
    bool other = home_load(&before, NULL) || strcmp(before.deployment, now.deployment);
    /* Without a home nothing is trusted, so a crash in between leaves a machine that trusts nobody. */
    unlink(HOME_FILE);
    forget(other);
    log_memory_pardon();
    return keep_chain(chain, bytes, pinned_version(chain, bytes, home->pin), problem) || home_save(&now, problem) ? -1
                                                                                                                  : 0;
}
