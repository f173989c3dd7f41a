/*
 * What audit's append interface (services/audit/ledger.h) does for 256 producers with one entry each under way, and for
 * a lone one: entries of 512 bytes are staged, made durable together, covered by a signed checkpoint, acknowledged.
 *
 * `append_bench DIRECTORY MS` prints entries/s, the 99th percentile of submitted → acknowledged, and the medians of a
 * lone producer and of what the disk needs for it (pwrite and fdatasync of as many bytes into a file that was written
 * through, by turns with it), all in µs. tests/bench/log/peers compares.
 */
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/problem.h"
#include "lib/turns.h"
#include "services/audit/journal/journal.h"
#include "services/audit/journal/segment.h"
#include "services/audit/ledger.h"

#define PRODUCERS 256
#define ENTRY_BYTES 512
#define ENTRIES 4096 /* distinct, 2 MB: as fresh from a socket, not from the innermost cache */
#define SEGMENT_BYTES (64u << 20)
#define WARM_UP_US 300000
#define BURST 250 /* of the lone one, and of the bare disk, by turns */
#define FRAME_BYTES (FRAME_HEAD_BYTES + FRAME_MARK_BYTES + FRAME_ENTRY_HEAD_BYTES + ENTRY_BYTES + BLAKE2B_BYTES)
#define TIMES_MAX (1u << 22)

static char entries[ENTRIES][ENTRY_BYTES];
static uint64_t n_entries;
static atomic_bool posted;

struct times {
    uint32_t *us;
    size_t n;
};

static void die(const char *what, const struct problem *problem)
{
    fprintf(stderr, "%s: %s\n", what, problem ? problem->reason : "failed");
    exit(1);
}

static int64_t now_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static void note(struct times *times, int64_t us)
{
    if (times->n < TIMES_MAX)
        times->us[times->n++] = (uint32_t)us;
}

static int by_time(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
    return left < right ? -1 : left > right;
}

static uint32_t percentile(struct times *times, size_t percent)
{
    qsort(times->us, times->n, sizeof(*times->us), by_time);
    return times->n ? times->us[times->n * percent / 100] : 0;
}

/* As intake.c takes an event, once it is parsed and composed. */
static void submit(struct ledger *ledger, uint64_t producer)
{
    struct journal *journal = ledger_journal(ledger);
    enum journal_room room;
    while ((room = ledger_room(ledger, ENTRY_BYTES)) != JOURNAL_ROOM) {
        struct problem problem;
        if (room == JOURNAL_COMMIT_FIRST ? ledger_commit(ledger, &problem) : usleep(1000))
            die("commit", &problem);
    }
    struct mark *mark = journal_mark(journal, 1, producer + 1);
    if (journal_stage(journal, CLASS_FLEET, entries[n_entries++ % ENTRIES], ENTRY_BYTES))
        die("no memory", NULL);
    mark->through++;
    journal_touch(journal, mark);
}

static void commit(struct ledger *ledger, unsigned producers, int64_t submitted_us[PRODUCERS])
{
    struct problem problem;
    for (unsigned i = 0; i < producers; i++) {
        submitted_us[i] = now_us();
        submit(ledger, i);
    }
    if (ledger_commit(ledger, &problem))
        die("commit", &problem);
}

/* In the tiler's thread; audit's loop trims in its own. */
static void tell_posted(void *arg)
{
    (void)arg;
    posted = true;
}

/* Each submits its next entry as soon as the last one is acknowledged. Entries a second. */
static double push(struct ledger *ledger, int64_t for_us, struct times *times)
{
    int64_t submitted_us[PRODUCERS], began_us = now_us(), now = began_us;
    uint64_t before = n_entries;
    while (now < began_us + for_us) {
        commit(ledger, PRODUCERS, submitted_us);
        now = now_us();
        if (atomic_exchange(&posted, false))
            ledger_trim(ledger);
        for (unsigned i = 0; times && i < PRODUCERS; i++)
            note(times, now - submitted_us[i]);
    }
    return (double)(n_entries - before) * 1e6 / (double)(now - began_us);
}

static int open_bare(const char *directory)
{
    char path[300];
    struct problem problem;
    if (segment_prepare(directory, SEGMENT_BYTES, &problem))
        die("bare", &problem);
    snprintf(path, sizeof(path), "%s/spare", directory);
    return open(path, O_WRONLY | O_CLOEXEC);
}

static void sync_bare(int fd, struct times *times)
{
    static off_t at;
    static char frame[FRAME_BYTES];
    int64_t began_us = now_us();
    memcpy(frame, entries[n_entries % ENTRIES], ENTRY_BYTES);
    if (pwrite(fd, frame, sizeof(frame), at % SEGMENT_BYTES) != sizeof(frame) || fdatasync(fd))
        die("bare", NULL);
    at += sizeof(frame);
    note(times, now_us() - began_us);
}

static void be_alone(struct ledger *ledger, int fd, int64_t for_us, struct times *lone, struct times *bare)
{
    int64_t submitted_us[PRODUCERS], began_us = now_us();
    while (now_us() < began_us + for_us) {
        for (int i = 0; i < BURST; i++) {
            commit(ledger, 1, submitted_us);
            note(lone, now_us() - submitted_us[0]);
        }
        for (int i = 0; i < BURST; i++)
            sync_bare(fd, bare);
    }
}

static struct ledger *open_ledger(const char *directory)
{
    static char journal[300], log[300], second[300];
    static const uint8_t seed[ED25519_SEED_BYTES] = { 1 };
    struct problem problem;
    snprintf(journal, sizeof(journal), "%s/journal", directory);
    snprintf(log, sizeof(log), "%s/log", directory);
    snprintf(second, sizeof(second), "%s/second", directory);
    mkdir(log, 0700);
    mkdir(second, 0700);
    const struct ledger_options options = {
        .journal = journal,
        .log = log,
        .second_place = second,
        .segment_bytes = SEGMENT_BYTES,
        .deployment = "bench",
        .seed = seed,
        .posted = tell_posted,
    };
    struct ledger *ledger = ledger_open(&options, &problem);
    if (!ledger)
        die("ledger_open", &problem);
    return ledger;
}

int main(int argc, char **argv)
{
    struct times all = { malloc(TIMES_MAX * 4), 0 }, lone = { malloc(TIMES_MAX * 4), 0 },
                 bare = { malloc(TIMES_MAX * 4), 0 };
    log_open("bench", LOG_LEVEL_WARNING);
    crypto_open();
    crypto_random(entries, sizeof(entries));
    if (argc != 3 || !all.us || !lone.us || !bare.us)
        die("usage: append_bench DIRECTORY MS", NULL);
    int64_t for_us = strtoll(argv[2], NULL, 10) * 1000;
    turns_soon(); /* as audit's loop does */
    struct ledger *ledger = open_ledger(argv[1]);
    int fd = open_bare(argv[1]);
    push(ledger, WARM_UP_US, NULL);
    double rate = push(ledger, for_us, &all);
    ledger_trim(ledger);
    while (ledger_behind(ledger)) /* nobody is alone while the flood is being posted */
        usleep(10000);
    be_alone(ledger, fd, for_us / 2, &lone, &bare);
    printf("%.0f %u %u %u\n", rate, percentile(&all, 99), percentile(&lone, 50), percentile(&bare, 50));
    ledger_free(ledger);
    return 0;
}
