/*
 * vedette-portal: what browsers and API clients reach.
 *
 * It is trusted with the accounts: password hashes, authenticator secrets (wrapped under its master key), sessions, API
 * tokens. It faces the network. Whoever takes it over can see what every operator sees and ask for every operation that
 * one could; each of them is logged before it is done, by the service that does it. It holds no key that an agent
 * obeys.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/certificate.h"
#include "lib/clock.h"
#include "lib/db.h"
#include "lib/files.h"
#include "lib/http/asset.h"
#include "lib/http/http.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/metrics.h"
#include "lib/store.h"
#include "services/portal/accounts/accounts.h"
#include "services/portal/accounts/hasher.h"
#include "services/portal/accounts/links.h"
#include "services/portal/accounts/refusals.h"
#include "services/portal/accounts/throttle.h"
#include "services/portal/api.h"
#include "services/portal/feed/feed.h"
#include "services/portal/feed/progress.h"
#include "services/portal/fleet/fleet.h"
#include "services/portal/fleet/history.h"
#include "services/portal/fleet/refresh.h"
#include "services/portal/fleet/tags.h"
#include "services/portal/log/files.h"
#include "services/portal/portal.h"

#define BODY_LIMIT_BYTES (512 << 10) /* a signed document has 384 KiB at most */
#define BODIES_BYTES_MAX (64 << 20)  /* of those that are larger than what browsers mostly send */
#define HEADER_DEADLINE_MS 15000
#define HANDSHAKE_DEADLINE_MS 10000
#define BODY_DEADLINE_MS 30000
#define FORGET_MS 600000
#define OTP_KEY_LABEL "vedette portal otp v1"

extern const struct bus_handler portal_handlers[];

enum { HSTS = 6 };

static const char *headers[] = {
    HTTP_PAGE_HEADERS,
    [HSTS] = NULL, /* where it is wanted */
    NULL,
};

/* The directory of the agent package, whose hash goes into the command that adds a machine. */
static const char *package_folder(const char *package)
{
    static char folder[256];
    snprintf(folder, sizeof(folder), "%s", package);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return package[0] ? slash ? folder : "." : NULL;
}

static int portal_open(struct program *program, struct problem *problem)
{
    struct portal *portal = (struct portal *)program;
    const struct settings *settings = &program->settings;
    const char *name = settings->common.public_name;
    if (settings->portal.hsts && strcmp(name, "localhost"))
        headers[HSTS] = "Strict-Transport-Security: max-age=63072000; includeSubDomains";
    program->readable[0] = LOG_FOLDER;
    program->readable[1] = package_folder(settings->ingest.package);
    const struct http_options options = {
        .loop = program->loop,
        .listen = settings->portal.listen,
        .certificate = "portal/tls.crt",
        .key = "portal/tls.key",
        .threads = (unsigned)settings->portal.threads,
        .connections_max = (unsigned)settings->portal.connections_max,
        .body_limit_bytes = BODY_LIMIT_BYTES,
        .bodies_bytes_max = BODIES_BYTES_MAX,
        .header_deadline_ms = HEADER_DEADLINE_MS,
        .handshake_deadline_ms = HANDSHAKE_DEADLINE_MS,
        .body_deadline_ms = BODY_DEADLINE_MS,
        .headers = headers,
        .take = api_take,
        .arg = portal,
    };
    portal->http = http_open(&options, problem);
    return portal->http ? 0 : -1;
}

static int read_master_key(struct portal *portal, struct problem *problem)
{
    char *hex;
    size_t bytes;
    uint8_t master[SECRET_BYTES];
    if (file_read_secret("portal/master.key", 256, &hex, &bytes, problem))
        return -1;
    hex[strcspn(hex, "\r\n")] = '\0';
    int status = crypto_unhex(hex, master, sizeof(master));
    crypto_forget(hex, bytes);
    free(hex);
    if (status)
        return problem_set(problem, "bad-key", "portal/master.key", "not 64 hexadecimal digits");
    crypto_hkdf(master, OTP_KEY_LABEL, portal->otp_key, sizeof(portal->otp_key));
    crypto_forget(master, sizeof(master));
    return 0;
}

static int read_ca(struct portal *portal, struct problem *problem)
{
    char *pem;
    size_t bytes;
    if (file_read("ca.pem", 65536, &pem, &bytes, problem))
        return -1;
    int status = certificate_fingerprint(pem, portal->ca_fingerprint, problem);
    free(pem);
    return status;
}

static void redis_connected(void *arg)
{
    refresh_all(((struct portal *)arg)->refresh);
}

/* Every event of the log, in order; NULL: those were all. */
static void take_event(void *arg, const struct bus_event *event)
{
    struct portal *portal = arg;
    if (!event) {
        uint64_t next[CLASS_COUNT];
        for (int class = 0; class < CLASS_COUNT; class ++)
            next[class] = bus_subscription_next(portal->subscription, (enum class) class);
        feed_caught_up(portal->feed, next);
        return;
    }
    /* Browsers first: they wait for it. */
    feed_take(portal->feed, event);
    progress_take(portal->progress, event);
    if (event->class != CLASS_FLEET)
        return;
    if (event->data)
        fleet_take_event(portal->fleet, event);
    history_take(portal->history, event);
    /* An agent reports its machine after it has joined or come back: its record is about to change. */
    uint32_t agent = 0;
    int64_t since_ms;
    if (event->event == EVENT_AGENT_ENROLLED)
        agent = ((const struct event_agent_enrolled *)event->data)->agent;
    else if (history_state(event, &agent, &since_ms) != STATE_ONLINE)
        return;
    refresh_record(portal->refresh, agent);
}

static int follow_log(struct portal *portal, struct problem *problem)
{
    const struct bus_filter filter = { .classes = (1u << CLASS_COUNT) - 1 };
    uint64_t from[CLASS_COUNT];
    /* Of the other classes browsers want what comes from now on; followed anew, they go on where they were. */
    for (int class = 0; class < CLASS_COUNT; class ++)
        from[class] = feed_next(portal->feed)[class] > 0 ? feed_next(portal->feed)[class] : BUS_FROM_NOW;
    from[CLASS_FLEET] = history_next(portal->history);
    portal->subscription = bus_subscribe(portal->program.bus, &filter, from, take_event, portal, problem);
    return portal->subscription ? 0 : -1;
}

static void forget(void *arg)
{
    struct portal *portal = arg;
    int64_t now_ms = clock_wall_ms();
    account_forget(portal->db, now_ms);
    links_forget(portal->db, now_ms);
}

/* Agents came that no event announced, and no more are coming: whoever loaded the list meanwhile has part of them. */
static void tell_unannounced(struct portal *portal)
{
    uint64_t before = portal->unannounced;
    portal->unannounced = fleet_unannounced(portal->fleet);
    if (portal->unannounced != before || portal->unannounced == portal->unannounced_told)
        return;
    portal->unannounced_told = portal->unannounced;
    feed_reset(portal->feed);
}

static void each_second(void *arg)
{
    struct portal *portal = arg;
    struct problem problem;
    tell_unannounced(portal);
    tags_tell(portal);
    portal->streams = feed_streams(portal->feed);
    feed_end_old(portal->feed, clock_mono_ms());
    progress_tick(portal->progress, clock_mono_ms());
    if (!history_missed(portal->history))
        return;
    bus_unsubscribe(portal->subscription);
    if (follow_log(portal, &problem))
        log_problem(LOG_LEVEL_ERROR, "log.not-followed", &problem);
}

static void tell_metrics(struct portal *portal)
{
    const struct http_counts *counts = http_counts(portal->http);
    metric_counter("requests_total", NULL, "HTTP requests", &counts->requests);
    metric_counter("connections_total", NULL, "TLS connections", &counts->connections);
    metric_counter("refused_total", "reason=\"smuggling\"", "requests refused by a guard", &counts->refused_smuggling);
    metric_counter("refused_total", "reason=\"oversize\"", "requests refused by a guard", &counts->refused_oversize);
    metric_counter("refused_total", "reason=\"slow\"", "requests refused by a guard", &counts->refused_slow);
    metric_counter("refused_total", "reason=\"handshake\"", "requests refused by a guard", &counts->refused_handshake);
    metric_gauge("streams", NULL, "live streams open", &portal->streams);
}

static int make_parts(struct portal *portal, struct problem *problem)
{
    struct loop *loop = portal->program.loop;
    portal->hasher = hasher_start(loop, problem);
    portal->throttle = throttle_new();
    portal->refusals = refusals_new(loop, portal->program.bus);
    portal->fleet = fleet_new();
    portal->feed = feed_new(&portal->program.settings.portal, portal->program.bus);
    if (portal->feed)
        portal->progress = progress_new(portal->program.bus, portal->feed);
    portal->history = history_new(loop, portal->db);
    if (portal->fleet)
        portal->refresh = refresh_new(loop, portal->fleet);
    if (!portal->hasher)
        return -1;
    if (!portal->throttle || !portal->refusals || !portal->progress || !portal->history || !portal->refresh)
        return problem_set(problem, "no-memory", "", "out of memory");
    return 0;
}

static int portal_start(struct program *program, struct problem *problem)
{
    struct portal *portal = (struct portal *)program;
    if (read_master_key(portal, problem) || read_ca(portal, problem))
        return -1;
    if (crypto_password_hash("nobody has this password", portal->dummy_hash))
        return problem_set(problem, "no-memory", "", "out of memory");
    portal->db = portal_database("portal/portal.db", problem);
    if (!portal->db || make_parts(portal, problem) || tags_load(portal, problem))
        return -1;
    portal->store = store_open(program->loop, program->settings.common.redis_socket, "portal", "portal/redis.pass",
        redis_connected, portal, problem);
    if (!portal->store)
        return -1;
    refresh_use(portal->refresh, portal->store);
    if (follow_log(portal, problem) || http_start(portal->http, problem))
        return -1;
    loop_every(program->loop, FORGET_MS, forget, portal);
    loop_every(program->loop, 1000, each_second, portal);
    tell_metrics(portal);
    char url[PORTAL_URL_BYTES];
    portal_url(portal, url);
    log_info("portal.listening", LOG_TEXT("address", program->settings.portal.listen), LOG_TEXT("url", url));
    return 0;
}

static void portal_reload(struct program *program)
{
    struct problem problem;
    if (http_reload(((struct portal *)program)->http, &problem))
        log_problem(LOG_LEVEL_ERROR, "certificate.not-reloaded", &problem);
    else
        log_info("certificate.reloaded");
}

static bool portal_healthy(struct program *program, char reason[201])
{
    struct portal *portal = (struct portal *)program;
    if (!store_connected(portal->store))
        snprintf(reason, 201, "Redis does not answer: live state and sessions cannot be read");
    else if (history_failing(portal->history))
        snprintf(reason, 201, "presence history cannot be stored; it is made up for later");
    else
        return true;
    return false;
}

static void portal_drain(struct program *program)
{
    struct portal *portal = (struct portal *)program;
    http_stop(portal->http);
    refusals_tell(portal->refusals);
    program_drained(program);
}

static void portal_close(struct program *program)
{
    struct portal *portal = (struct portal *)program;
    bus_unsubscribe(portal->subscription);
    history_flush(portal->history);
    db_close(portal->db);
}

int main(int argc, char **argv)
{
    static struct portal portal = {
        .program = {
            .name = "portal",
            .service = SERVICE_PORTAL,
            .peer = PEER_PORTAL,
            .needs_network = true,  /* it subscribes to audit by TCP */
            .handlers = portal_handlers,
            .open = portal_open,
            .start = portal_start,
            .drain = portal_drain,
            .close = portal_close,
            .reload = portal_reload,
            .healthy = portal_healthy,
        },
    };
    return program_main(&portal.program, argc, argv);
}
