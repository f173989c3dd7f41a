/*
 * vedette-audit: keeps the log, and so is the bus's spine. Every event of every service comes here, is checked, made
 * durable, acknowledged, and only then published.
 *
 * Trusted with: the log's completeness and order; that nobody writes in another's name; that a subscriber reads only
 * what its role may. Its secrets are its own bus key and the log key, with which it signs checkpoints; what it stores
 * holds no passwords, tokens or keys.
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/log_key.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/program.h"
#include "lib/turns.h"
#include "services/audit/audit.h"

#define JOURNAL_DIRECTORY "audit/journal"
#define DATABASE "audit/audit.db"
#define LOG_DIRECTORY "log"
#define INDEX_DIRECTORY "audit/index"
#define RETENTION_FILE "audit/retention"
#define HEARTBEAT_MS 1000
#define DISK_LOOK_MS 1000
#define OFFER_LOOK_MS 1000
#define SUBSCRIBERS_WRITE_MS 5000   /* where subscribers are: who loses that many seconds names a sequence itself */
#define INDEX_LOOK_MS 1000
#define RETENTION_LOOK_MS 1000
#define REPORT_MS 60000         /* refusals and quotas are reported together, at most once a minute */

extern const struct bus_handler audit_handlers[];

static struct audit audit;

/* A descriptor for each subscriber. The log belongs to audit's own user: it is opened in start, after root is gone. */
static int open_early(struct program *self, struct problem *problem)
{
    struct rlimit limit;
    self->writable[0] = LOG_DIRECTORY;
    self->writable[1] = self->settings.audit.second_place;
    if (getrlimit(RLIMIT_NOFILE, &limit))
        return problem_errno(problem, "limit", "", "cannot read the limit of open files");
    limit.rlim_cur = limit.rlim_max < BUS_DESCRIPTORS_MAX ? limit.rlim_max : BUS_DESCRIPTORS_MAX;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        return problem_errno(problem, "limit", "", "cannot raise the limit of open files");
    return 0;
}

static void look_at_disk(void *arg)
{
    (void)arg;
    uint64_t free_bytes;
    enum disk_state before = audit.disk.state;
    if (disk_look(JOURNAL_DIRECTORY, &free_bytes))
        return;
    audit.behind_bytes = (int64_t)ledger_behind(audit.ledger);
    bool worse = disk_note(&audit.disk, free_bytes);
    audit.free_bytes = (int64_t)free_bytes;
    if (worse) {
        const struct event_disk_low data = { .free_bytes = free_bytes };
        const struct event_about about = { 0 };
        log_error(audit.disk.state == DISK_STOP ? "disk.full" : "disk.low", LOG_INT("free_bytes", free_bytes));
        emit_disk_low(audit.bus, &about, &data, NULL, NULL); /* when it is full, the log line and the metric remain */
    } else if (audit.disk.state < before) {
        log_info("disk.recovered", LOG_INT("free_bytes", free_bytes));
    }
}

static void report_refusals(void *arg)
{
    (void)arg;
    const char *reason;
    uint64_t count;
    for (unsigned i = 0; count = bus_spine_refusals(audit.bus, i, &reason), reason; i++) {
        const struct event_bus_refused data = { .code = reason, .count = (uint32_t)(count - audit.reported[i]) };
        const struct event_about about = { 0 };
        if (data.count && !emit_bus_refused(audit.bus, &about, &data, NULL, NULL))
            audit.reported[i] = count;
    }
}

/* A sign that a producer is broken, or somebody's: each minute in which it was held back, once. */
static void report_quota(void)
{
    const struct event_about about = { 0 };
    for (int producer = 0; producer < QUOTA_PRODUCERS; producer++) {
        for (int class = 0; class < CLASS_COUNT; class ++) {
            const uint64_t refused = audit.quota.refused[producer][class];
            const struct event_quota_exceeded data = { .service = producer, .class = class };
            if (refused != audit.reported_over[producer][class] &&
                !emit_quota_exceeded(audit.bus, &about, &data, NULL, NULL))
                audit.reported_over[producer][class] = refused;
        }
    }
}

static void report(void *arg)
{
    report_refusals(arg);
    report_quota();
}

static void write_subscribers(void *arg)
{
    (void)arg;
    struct problem problem;
    if (subscribers_write(audit.subscribers, &problem))
        log_problem(LOG_LEVEL_WARNING, "subscribers.not-written", &problem);
}

static void look_at_index(void *arg)
{
    (void)arg;
    struct searcher_state state;
    searcher_state(audit.searcher, &state);
    audit.indexed = (int64_t)state.indexed;
    audit.behind = (int64_t)state.behind;
    audit.search_fails = state.failing;
}

static int start_sealing(struct problem *problem)
{
    audit.seal_keys = seal_keys_open(SEAL_KEYS_FOLDER, SEAL_KEYS_MASTER, true, problem);
    if (!audit.seal_keys)
        return -1;
    audit.seal = seal_new(audit.seal_keys);
    return audit.seal ? 0 : problem_set(problem, "no-memory", "", "no memory");
}

static int start_search(struct program *self, struct problem *problem)
{
    const struct searcher_options options = {
        .loop = self->loop,
        .log = LOG_DIRECTORY,
        .directory = INDEX_DIRECTORY,
        .keys = audit.seal_keys,
        .keep_free_bytes = audit.disk.low_bytes,
    };
    audit.searcher = searcher_start(&options, problem);
    if (!audit.searcher)
        return -1;
    loop_every(self->loop, INDEX_LOOK_MS, look_at_index, NULL);
    return 0;
}

/* Classes of the fleet may grow with it: 10 million agents that go offline at once are no attack. */
static void set_quotas(const struct settings *settings)
{
    const struct settings_audit *limits = &settings->audit;
    const uint64_t agents = (uint64_t)settings->ingest.agents_max;
    const uint64_t rate = agents * (uint64_t)limits->agent_hour_bytes / 3600;
    const uint64_t burst = agents * (uint64_t)limits->agent_burst_bytes;
    quota_set(&audit.quota, CLASS_OPS, (uint64_t)limits->ops_rate_bytes, (uint64_t)limits->ops_burst_bytes);
    quota_set(&audit.quota, CLASS_ACCESS, (uint64_t)limits->access_rate_bytes, (uint64_t)limits->access_burst_bytes);
    quota_set(&audit.quota, CLASS_FLEET, rate, burst);
    quota_set(&audit.quota, CLASS_ALERT, rate, burst);
}

static void count_quotas(void)
{
    static char labels[QUOTA_PRODUCERS][CLASS_COUNT][48];
    for (int producer = 0; 1u << producer <= PEER_ALERT; producer++) {
        for (int class = 0; class < CLASS_COUNT; class ++) {
            snprintf(labels[producer][class], sizeof(labels[producer][class]), "service=\"%s\",class=\"%s\"",
                service_words[producer], class_words[class]);
            metric_counter("over_quota_total", labels[producer][class], "times that events had to wait for their quota",
                &audit.quota.refused[producer][class]);
        }
    }
}

static int start_retention(struct program *self, struct problem *problem)
{
    const struct retainer_options options = {
        .loop = self->loop,
        .bus = self->bus,
        .ledger = audit.ledger,
        .searcher = audit.searcher,
        .keys = audit.seal_keys,
        .seal = audit.seal,
        .file = RETENTION_FILE,
        .settings = &self->settings.audit,
    };
    audit.retainer = retainer_open(&options, problem);
    if (!audit.retainer)
        return -1;
    loop_every(self->loop, RETENTION_LOOK_MS, retainer_look, audit.retainer);
    return 0;
}

/* The keys of the trees, with their origins: another one is another log. */
static void note_keys(struct program *self)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        const struct tlog_vkey *key = ledger_key(audit.ledger, (enum class)class);
        uint8_t sha256[SHA256_BYTES];
        char name[32], vkey[TLOG_VKEY_BYTES];
        snprintf(name, sizeof(name), "log-%s", class_words[class]);
        tlog_vkey_format(key, vkey);
        crypto_sha256(vkey, strlen(vkey), sha256);
        standing_key(&self->standing, name, sha256);
    }
}

static void count(void)
{
    metric_counter("events_stored_total", NULL, "events made durable", &audit.stored);
    metric_counter("events_repeated_total", NULL, "events that were sent again and already there", &audit.repeated);
    metric_counter("commits_total", NULL, "group commits: one fdatasync each", &audit.commits);
    metric_counter("events_replayed_total", NULL, "events sent to subscribers who were away", &audit.replayed);
    metric_gauge("index_entries", NULL, "entries of the log that can be searched", &audit.indexed);
    metric_gauge("index_behind_entries", NULL, "entries of the log that cannot be searched yet", &audit.behind);
    metric_gauge("disk_free_bytes", NULL, "free space for the journal", &audit.free_bytes);
    metric_gauge("behind_bytes", NULL, "bytes of the journal that are not posted to the trees yet", &audit.behind_bytes);
}

static void posted(void *arg)
{
    (void)arg;
    ledger_trim(audit.ledger);
    cosigning_look(&audit.cosigning);
    log_calls_posted(&audit);
}

/* In the tiler's thread. Should the loop's queue be full, the next round tells. */
static void tell_posted(void *arg)
{
    loop_post(arg, posted, NULL);
}

/* Of two that write one log, or one that writes while `vedette audit recover` does, neither would be right. */
static int lock_log(struct problem *problem)
{
    int fd = open(LOG_DIRECTORY, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return problem_errno(problem, "log", LOG_DIRECTORY, "cannot open %s", LOG_DIRECTORY);
    if (flock(fd, LOCK_EX | LOCK_NB))
        return problem_errno(problem, "log", LOG_DIRECTORY, "another process writes %s", LOG_DIRECTORY);
    return 0; /* held until the process ends */
}

static int open_ledger(struct program *self, struct problem *problem)
{
    const struct settings *settings = &self->settings;
    uint8_t seed[ED25519_SEED_BYTES];
    const struct ledger_options options = {
        .journal = JOURNAL_DIRECTORY,
        .log = LOG_DIRECTORY,
        .second_place = settings->audit.second_place,
        .segment_bytes = (size_t)settings->audit.segment_bytes,
        .deployment = settings->common.deployment,
        .seed = seed,
        .posted = tell_posted,
        .arg = self->loop,
    };
    if (lock_log(problem) || log_key_load(LOG_KEY_PATH, seed, problem))
        return -1;
    /* The portal's group reads the log; what is nobody else's says so itself. */
    umask(027);
    audit.ledger = ledger_open(&options, problem);
    crypto_forget(seed, sizeof(seed));
    if (!audit.ledger)
        return -1;
    audit.journal = ledger_journal(audit.ledger);
    return 0;
}

static int start(struct program *self, struct problem *problem)
{
    static const struct bus_spine_handlers handlers = {
        .batch = intake_batch,
        .own = intake_own,
        .subscriber = stream_subscriber,
        .request = stream_request,
        .owns = stream_owns,
        .settle = intake_settle,
    };
    const struct settings_audit *settings = &self->settings.audit;
    turns_soon();
    audit.bus = self->bus;
    audit.settings = &self->settings.common;
    audit.disk.low_bytes = (uint64_t)settings->disk_low_bytes;
    audit.disk.stop_bytes = (uint64_t)settings->disk_stop_bytes;
    set_quotas(&self->settings);
    audit.intake = intake_new();
    if (!audit.intake)
        return problem_set(problem, "no-memory", "", "no memory");
    if (open_ledger(self, problem) ||
        cosigning_open(&audit.cosigning, audit.ledger, (size_t)settings->quorum, problem))
        return -1;
    if (journal_cut(audit.journal))
        log_warning("journal.tail-cut", LOG_INT("bytes", journal_cut(audit.journal)));
    audit.subscribers = subscribers_open(DATABASE, problem);
    if (!audit.subscribers)
        return -1;
    if (start_sealing(problem) || start_search(self, problem) || start_retention(self, problem))
        return -1;
    if (stream_open(&audit, self->loop, problem))
        return -1;
    note_keys(self);
    bus_set_context(self->bus, &audit);
    bus_spine_serve(self->bus, &handlers, &audit);
    count();
    count_quotas();
    subscriber_metrics_open();
    look_at_disk(NULL);
    loop_every(self->loop, HEARTBEAT_MS, stream_heartbeat, &audit);
    loop_every(self->loop, DISK_LOOK_MS, look_at_disk, NULL);
    loop_every(self->loop, OFFER_LOOK_MS, cosigning_look, &audit.cosigning);
    loop_every(self->loop, SUBSCRIBERS_WRITE_MS, write_subscribers, NULL);
    loop_every(self->loop, REPORT_MS, report, NULL);
    return 0;
}

static void drain(struct program *self)
{
    report(NULL);
    intake_settle(&audit); /* its own last event is in there too */
    program_drained(self);
}

static void close_all(struct program *self)
{
    (void)self;
    retainer_free(audit.retainer);
    searcher_stop(audit.searcher);
    seal_free(audit.seal);
    seal_keys_free(audit.seal_keys);
    subscribers_free(audit.subscribers);
    cosigning_close(&audit.cosigning);
    ledger_free(audit.ledger);
    intake_free(audit.intake);
    buf_free(&audit.records);
}

static bool healthy(struct program *self, char reason[201])
{
    if (audit.disk.state != DISK_ENOUGH)
        snprintf(reason, 201, "the log's disk is %s: %llu bytes are free",
            audit.disk.state == DISK_STOP ? "full, operations are refused and events wait" : "nearly full",
            (unsigned long long)audit.disk.free_bytes);
    else if (ledger_second_place_fails(audit.ledger))
        snprintf(reason, 201, "checkpoints cannot be written to %s", self->settings.audit.second_place);
    else if (audit.search_fails)
        snprintf(reason, 201, "searches miss the newest %lld entries: the index cannot be made, audit's output says why",
            (long long)audit.behind);
    else
        return true;
    return false;
}

static struct program program = {
    .name = "audit",
    .service = SERVICE_AUDIT,
    .peer = PEER_AUDIT,
    .handlers = audit_handlers,
    .open = open_early,
    .start = start,
    .drain = drain,
    .close = close_all,
    .healthy = healthy,
};

int main(int argc, char **argv)
{
    return program_main(&program, argc, argv);
}
