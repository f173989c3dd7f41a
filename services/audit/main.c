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
#include "lib/program.h"
#include "lib/turns.h"
#include "services/audit/audit.h"
#include "services/audit/tell.h"

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

static void write_subscribers(void *arg)
{
    (void)arg;
    struct problem problem;
    if (subscribers_write(audit.subscribers, &problem))
        log_problem(LOG_LEVEL_WARNING, "subscribers.not-written", &problem);
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
    loop_every(self->loop, INDEX_LOOK_MS, tell_index, &audit);
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

/* Only one process may write the log: no second audit, and not `vedette audit recover` at the same time. */
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
    tell_metrics(&audit);
    subscriber_metrics_open();
    tell_disk(&audit);
    loop_every(self->loop, HEARTBEAT_MS, stream_heartbeat, &audit);
    loop_every(self->loop, DISK_LOOK_MS, tell_disk, &audit);
    loop_every(self->loop, OFFER_LOOK_MS, cosigning_look, &audit.cosigning);
    loop_every(self->loop, SUBSCRIBERS_WRITE_MS, write_subscribers, NULL);
    loop_every(self->loop, REPORT_MS, tell_held_back, &audit);
    return 0;
}

static void drain(struct program *self)
{
    tell_held_back(&audit);
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
        snprintf(reason, 201,
            "searches miss the newest %lld entries: the index cannot be made, audit's output says why",
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
