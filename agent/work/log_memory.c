#include "agent/work/log_memory.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/work/place.h"
#include "lib/files.h"
#include "lib/problem.h"

#define NAME_BYTES 64

void log_memory_mark(const char *origin, char ret[LOG_MARK_BYTES])
{
    uint8_t hash[SHA256_BYTES];
    crypto_sha256(origin, strlen(origin), hash);
    crypto_hex(hash, (LOG_MARK_BYTES - 1) / 2, ret);
}

static void name_of(char ret[NAME_BYTES], const char *before, const char *origin, const char *behind)
{
    char mark[LOG_MARK_BYTES];
    log_memory_mark(origin, mark);
    snprintf(ret, NAME_BYTES, "%s%s%s", before, mark, behind);
}

/* fork.LOG.1 */
static bool is_fork(const char *name, char ret_mark[LOG_MARK_BYTES])
{
    size_t before = strlen(FORK_FILE), digits = LOG_MARK_BYTES - 1;
    if (strncmp(name, FORK_FILE, before) || strspn(name + before, "0123456789abcdef") != digits ||
        strcmp(name + before + digits, ".1"))
        return false;
    snprintf(ret_mark, LOG_MARK_BYTES, "%.16s", name + before);
    return true;
}

int log_memory_load(struct log_memory *ret, struct problem *problem)
{
    DIR *folder = opendir(".");
    if (!folder)
        return problem_errno(problem, "bad-state", "", "cannot tell whether a log has shown two histories");
    *ret = (struct log_memory){ 0 };
    errno = 0;
    for (struct dirent *entry; ret->n_forks < FORKS_MAX && (entry = readdir(folder));)
        ret->n_forks += is_fork(entry->d_name, ret->forks[ret->n_forks]);
    int error = errno ? problem_errno(problem, "bad-state", "", "cannot read what is kept") : 0;
    closedir(folder);
    return error;
}

/* 0; 1: there is none; -1: it cannot be read, and may be of any history. *ret_note is the caller's to free. */
static int load(
    const char *file, struct tlog_checkpoint *ret, char **ret_note, size_t *ret_bytes, struct problem *problem)
{
    struct tlog_note note;
    if (file_absent(file))
        return 1;
    if (file_read_secret(file, TLOG_NOTE_BYTES, ret_note, ret_bytes, problem))
        return -1;
    if (!tlog_note_parse(*ret_note, *ret_bytes, &note, NULL) &&
        !tlog_checkpoint_parse(note.text, note.text_bytes, ret, NULL))
        return 0;
    free(*ret_note);
    return problem_set(problem, "bad-state", file, "%s is no checkpoint any more", file);
}

bool log_memory_of(const char *origin, struct tlog_checkpoint *ret, char **ret_note)
{
    char file[NAME_BYTES], *note;
    size_t bytes;
    name_of(file, CHECKPOINT_FILE, origin, "");
    if (load(file, ret, &note, &bytes, NULL))
        return false;
    if (ret_note)
        *ret_note = note;
    else
        free(note);
    return true;
}

int log_memory_evidence(const char *origin, char **ret_held, char **ret_seen)
{
    char held[NAME_BYTES], seen[NAME_BYTES];
    size_t bytes;
    name_of(held, FORK_FILE, origin, ".1");
    name_of(seen, FORK_FILE, origin, ".2");
    if (file_read_secret(held, TLOG_NOTE_BYTES, ret_held, &bytes, NULL))
        return -1;
    if (!file_read_secret(seen, TLOG_NOTE_BYTES, ret_seen, &bytes, NULL))
        return 0;
    free(*ret_held);
    return -1;
}

static bool is_forked(const struct log_memory *memory, const char *origin)
{
    char mark[LOG_MARK_BYTES];
    log_memory_mark(origin, mark);
    for (size_t i = 0; i < memory->n_forks; i++) {
        if (!strcmp(memory->forks[i], mark))
            return true;
    }
    return false;
}

/* A checkpoint, and the note that says so. */
struct noted {
    const struct tlog_checkpoint *checkpoint;
    const char *note;
    size_t bytes;
};

/* The second one first: the first is what tells of a fork. */
static int keep_fork(
    struct log_memory *memory, const struct noted *held, const struct noted *seen, struct problem *problem)
{
    const char *origin = held->checkpoint->origin;
    char one[NAME_BYTES], other[NAME_BYTES];
    struct problem why;
    name_of(one, FORK_FILE, origin, ".1");
    name_of(other, FORK_FILE, origin, ".2");
    if (file_write(other, seen->note, seen->bytes, 0600, &why) || file_write(one, held->note, held->bytes, 0600, &why))
        return problem_set(
            problem, "fork", "", "the log shows two histories, and the evidence cannot be kept: %.120s", why.reason);
    if (memory->n_forks < FORKS_MAX)
        log_memory_mark(origin, memory->forks[memory->n_forks++]);
    return problem_set(problem, "fork", "",
        "the log shows two histories, of %" PRIu64 " and %" PRIu64
        " entries: nothing is carried out any more; evidence in %s, 2",
        held->checkpoint->size, seen->checkpoint->size, one);
}

static int keep_unproven(const struct noted *held, const struct noted *seen, struct problem *problem)
{
    char file[NAME_BYTES];
    name_of(file, UNPROVEN_FILE, held->checkpoint->origin, "");
    if (file_write(file, seen->note, seen->bytes, 0600, problem))
        return -1;
    return problem_set(problem, "no-consistency", "",
        "no proof that the log of %" PRIu64 " entries and the one of %" PRIu64 " that is remembered are one",
        seen->checkpoint->size, held->checkpoint->size);
}

static int compare(struct log_memory *memory, const struct noted *held, const struct noted *seen,
    const struct tlog_growth *growth, struct problem *problem)
{
    char file[NAME_BYTES];
    switch (tlog_growth_judge(held->checkpoint, seen->checkpoint, growth)) {
    case TLOG_CONTRADICTED:
        return keep_fork(memory, held, seen, problem);
    case TLOG_UNPROVEN:
        return keep_unproven(held, seen, problem);
    case TLOG_PROVEN:
        break;
    }
    if (seen->checkpoint->size <= held->checkpoint->size)
        return 0;
    name_of(file, CHECKPOINT_FILE, seen->checkpoint->origin, "");
    return file_write(file, seen->note, seen->bytes, 0600, problem);
}

int log_memory_follow(struct log_memory *memory, const struct tlog_checkpoint *seen, const char *note, size_t bytes,
    const struct tlog_growth *growth, struct problem *problem)
{
    char file[NAME_BYTES], *held_note;
    struct tlog_checkpoint held;
    size_t held_bytes;
    if (is_forked(memory, seen->origin))
        return problem_set(problem, "fork", "", "the log of this receipt has shown two histories");
    name_of(file, CHECKPOINT_FILE, seen->origin, "");
    int absent = load(file, &held, &held_note, &held_bytes, problem);
    if (absent)
        return absent < 0 ? -1 : file_write(file, note, bytes, 0600, problem);
    int error = compare(
        memory, &(struct noted){ &held, held_note, held_bytes }, &(struct noted){ seen, note, bytes }, growth, problem);
    free(held_note);
    return error;
}

void log_memory_pardon(void)
{
    struct log_memory memory = { 0 };
    log_memory_load(&memory, NULL);
    if (memory.n_forks)
        file_write(PARDONED_FILE, "", 0, 0600, NULL);
    for (size_t i = 0; i < memory.n_forks; i++) {
        char from[NAME_BYTES], to[NAME_BYTES];
        for (int part = 2; part; part--) {
            snprintf(from, sizeof(from), FORK_FILE "%s.%d", memory.forks[i], part);
            snprintf(to, sizeof(to), EVIDENCE_FILE "%s.%d", memory.forks[i], part);
            rename(from, to);
        }
        snprintf(from, sizeof(from), CHECKPOINT_FILE "%s", memory.forks[i]);
        unlink(from);
    }
}

bool log_memory_was_pardoned(void)
{
    return !unlink(PARDONED_FILE);
}
