/*
 * How long does a search in ten million entries take, how fast is its index made, and how large is it?
 *
 * A log of 100,000 agents of 50 tenants and 200 users over four months is written as audit posts it, indexed, and asked
 * for a page of 100 rows, each kind of question by turns with another value each time, by one thread: as audit does it,
 * but for the bus, which takes a millisecond. The log and its index are in the page cache as far as the machine has
 * room.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/clock.h"
#include "services/audit/search/histogram.h"
#include "services/audit/search/search.h"
#include "tests/log_rig.h"

#define ENTRIES 10000000
#define AGENTS 100000
#define TENANTS 50
#define USERS 200
#define BEGIN_MS INT64_C(1700000000000)
#define STEP_MS 1000
#define END_MS (BEGIN_MS + INT64_C(1) * ENTRIES * STEP_MS)
#define HOUR_MS 3600000
#define ROUNDS 41
#define PAGE_ROWS 100
#define DEADLINE_MS 60000

static char folder[] = "build/search_bench.XXXXXX";
static struct log_rig logs[CLASS_COUNT];
static struct index *indexes[CLASS_COUNT];
static struct found rows[PAGE_ROWS];
static struct histogram histogram;

static uint64_t random_below(uint64_t limit)
{
    static uint64_t state = 88172645463325252u; /* xorshift64: the same log each time */
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state % limit;
}

static double seconds(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void clean_up(void)
{
    char command[64];
    snprintf(command, sizeof(command), "rm -rf %s", folder);
    if (system(command))
        fprintf(stderr, "cannot remove %s\n", folder);
}

static char tenant[16], subject[32], actor[32], address[48], hostname[48];

static void choose_words(uint32_t agent)
{
    snprintf(tenant, sizeof(tenant), "tenant-%02u", agent % TENANTS);
    snprintf(subject, sizeof(subject), "agent/%u", agent);
    snprintf(actor, sizeof(actor), "user:user%03u", (unsigned)random_below(USERS));
    snprintf(address, sizeof(address), "10.%u.%u.%u", agent >> 16, agent >> 8 & 255, agent & 255);
    snprintf(hostname, sizeof(hostname), "srv-%u.tenant-%02u.example", agent, agent % TENANTS);
}

/* Of 100 entries 80 are of presence, 10 log-ins, 8 operations, 2 alerts. */
static void add_entry(uint64_t i)
{
    uint32_t agent = 1 + (uint32_t)random_below(AGENTS);
    unsigned kind = (unsigned)random_below(100);
    int64_t now_ms = BEGIN_MS + (int64_t)i * STEP_MS + (int64_t)random_below(STEP_MS);
    const struct event_agent_online online = { agent, now_ms };
    const struct event_agent_late late = { agent, now_ms, now_ms - 20000 };
    const struct event_agent_offline offline = { agent, now_ms, now_ms - 45000, "berlin" };
    const struct event_agent_enrolled enrolled = { agent, hostname, tenant, "berlin", hostname, NULL };
    const struct event_login_succeeded login = { actor + strlen("user:"), address };
    const struct event_login_failed failed = { actor + strlen("user:"), "bad-password", address };
    const struct event_operation_requested asked = { "agent.rename", NULL };
    const struct event_alert_opened alert = { .alert = i,
        .kind = KIND_AGENT_OFFLINE,
        .tenant = tenant,
        .agent = agent,
        .has_agent = true,
        .reason = "no heartbeat for 300 s",
        .opened_at = now_ms };
    const struct {
        unsigned below;
        enum class class;
        enum event event;
        const void *data;
        bool by_user;
    } kinds[] = {
        { 36, CLASS_FLEET, EVENT_AGENT_ONLINE, &online, false },
        { 72, CLASS_FLEET, EVENT_AGENT_LATE, &late, false },
        { 77, CLASS_FLEET, EVENT_AGENT_OFFLINE, &offline, false },
        { 80, CLASS_FLEET, EVENT_AGENT_ENROLLED, &enrolled, false },
        { 88, CLASS_ACCESS, EVENT_LOGIN_SUCCEEDED, &login, true },
        { 90, CLASS_ACCESS, EVENT_LOGIN_FAILED, &failed, true },
        { 98, CLASS_OPS, EVENT_OPERATION_REQUESTED, &asked, true },
        { 100, CLASS_ALERT, EVENT_ALERT_OPENED, &alert, false },
    };
    unsigned at = 0;
    choose_words(agent);
    while (kind >= kinds[at].below)
        at++;
    struct bus_event event = { .event = kinds[at].event,
        .time_ms = now_ms,
        .sev = event_rows[kinds[at].event].sev,
        .tenant = tenant,
        .subject = kinds[at].by_user ? NULL : subject,
        .actor = kinds[at].by_user ? actor : NULL,
        .data = kinds[at].data };
    log_rig_add(&logs[kinds[at].class], &event);
}

static void write_logs(void)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        char directory[64];
        snprintf(directory, sizeof(directory), "%s/%s", folder, class_words[class]);
        log_rig_open(&logs[class], directory, (enum class) class);
    }
    for (uint64_t i = 0; i < ENTRIES; i++)
        add_entry(i);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        log_rig_checkpoint(&logs[class]);
        log_rig_close(&logs[class]);
    }
}

static void make_indexes(void)
{
    static char files[CLASS_COUNT][64];
    struct problem problem;
    double wall = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_THREAD_CPUTIME_ID), bytes = 0;
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct stat status;
        enum index_step did;
        snprintf(files[class], sizeof(files[class]), "%s/%s.index", folder, class_words[class]);
        indexes[class] = index_new(&(struct index_options){ logs[class].directory, files[class], 0 });
        while (indexes[class] && (did = index_step(indexes[class], &problem)) == INDEX_WORKED)
            ;
        if (!indexes[class] || did == INDEX_FAILED || index_indexed(indexes[class]) != logs[class].size ||
            stat(files[class], &status)) {
            fprintf(stderr, "no index: %s\n", problem.reason);
            exit(1);
        }
        bytes += (double)status.st_size;
    }
    wall = seconds(CLOCK_MONOTONIC) - wall;
    cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - cpu;
    printf(
        "log.search_build_per_s\t%.0f\tentries/s of CPU\t%.0f\t%.0f\t1\tmin: by the clock, reading the log included\n",
        ENTRIES / cpu, ENTRIES / wall, ENTRIES / cpu);
    printf("log.search_index_bytes\t%.1f\tbytes/entry\t%.1f\t%.1f\t1\tsize of the index\n", bytes / ENTRIES,
        bytes / ENTRIES, bytes / ENTRIES);
}

enum question {
    NEWEST,
    BY_AGENT,
    BY_ACTOR,
    BY_TYPE,
    BY_TENANT,
    BY_WINDOW,
    RARE_WORD,
    FREQUENT_WORD,
    ABSENT_WORD,
    KINDS
};
static const char *const kind_names[KINDS] = { "newest", "agent", "actor", "type", "tenant and severity",
    "an hour and severity", "rare word", "frequent word", "absent word" };

static struct wanted ask(enum question kind)
{
    static const char *const types[] = { "vedette.agent.enrolled.v1", "vedette.login.failed.v1",
        "vedette.alert.opened.v1", "vedette.disk.low.v1" };
    static struct phrase phrase;
    struct wanted wanted = { .to_ms = INT64_MAX };
    choose_words(1 + (uint32_t)random_below(AGENTS));
    if (kind == BY_AGENT)
        wanted.agent = 1 + (uint32_t)random_below(AGENTS);
    if (kind == BY_ACTOR)
        wanted.actor = actor;
    if (kind == BY_TYPE)
        wanted.type = types[random_below(4)];
    if (kind == BY_TENANT)
        wanted.tenant = tenant;
    if (kind == BY_TENANT || kind == BY_WINDOW)
        wanted.least_sev = 2;
    if (kind == BY_WINDOW) {
        wanted.from_ms = BEGIN_MS + (int64_t)random_below(END_MS - BEGIN_MS - HOUR_MS);
        wanted.to_ms = wanted.from_ms + HOUR_MS;
    }
    if (kind >= RARE_WORD) {
        const char *text = kind == RARE_WORD ? hostname : kind == FREQUENT_WORD ? "berlin" : "atlantis";
        if (phrase_read(text, &phrase, NULL))
            exit(1);
        wanted.phrase = &phrase;
    }
    wanted_terms(&wanted);
    return wanted;
}

static double search_ms(const struct wanted *wanted)
{
    struct problem problem;
    struct page page = { .rows = rows, .limit = PAGE_ROWS };
    for (int class = 0; class < CLASS_COUNT; class ++)
        page.cursor.before[class] = CURSOR_NEWEST;
    double began = seconds(CLOCK_MONOTONIC);
    if (search_page(indexes, wanted, clock_mono_ms() + DEADLINE_MS, &page, &problem))
        exit(1);
    return (seconds(CLOCK_MONOTONIC) - began) * 1000;
}

static double histogram_ms(const struct wanted *wanted)
{
    struct problem problem;
    histogram.bucket_ms = 0;
    double began = seconds(CLOCK_MONOTONIC);
    if (histogram_count(indexes, wanted, clock_mono_ms() + DEADLINE_MS, &histogram, &problem))
        exit(1);
    return (seconds(CLOCK_MONOTONIC) - began) * 1000;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* A row: the median of all questions, and in words that of each kind. */
static void measure(const char *name, double (*ask_ms)(const struct wanted *), bool frequent_words)
{
    static double by_kind[KINDS][ROUNDS], all[KINDS * ROUNDS];
    char how[512];
    int length = 0;
    size_t n = 0;
    for (int round = 0; round < ROUNDS; round++) {
        for (enum question kind = 0; kind < KINDS; kind++) {
            if (kind == FREQUENT_WORD && !frequent_words)
                continue;
            struct wanted wanted = ask(kind);
            all[n++] = by_kind[kind][round] = ask_ms(&wanted);
        }
    }
    for (enum question kind = 0; kind < KINDS; kind++) {
        qsort(by_kind[kind], ROUNDS, sizeof(double), by_value);
        if (kind != FREQUENT_WORD || frequent_words)
            length += snprintf(how + length, sizeof(how) - (size_t)length, "%s%s %.1f", length ? ", " : "",
                kind_names[kind], by_kind[kind][ROUNDS / 2]);
    }
    qsort(all, n, sizeof(double), by_value);
    printf("%s\t%.1f\tms\t%.1f\t%.1f\t%zu\tmedian of all; of each kind: %s\n", name, all[n / 2], all[0], all[n - 1], n,
        how);
}

int main(void)
{
    crypto_open();
    if (!mkdtemp(folder))
        return 1;
    atexit(clean_up);
    write_logs();
    make_indexes();
    measure("log.search_10m_ms", search_ms, true);
    /* To count what stands in every other entry takes reading them all: audit answers with what a second was enough
     * for. */
    measure("log.histogram_10m_ms", histogram_ms, false);
    for (int class = 0; class < CLASS_COUNT; class ++)
        index_free(indexes[class]);
    return 0;
}
