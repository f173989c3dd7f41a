/*
 * A peer of the bus for tests and benchmarks: `bus_peer STATE-DIR COMMAND …`.
 *
 *   keys                              make bus.keys and every role's bus.key
 *   emit ROLE COUNT FIRST             emit COUNT events with the numbers FIRST…, agent.online of agents (alert:
 *                                     alert.resolved); a line `stored N` for each acknowledged one; ends when all are
 *                                     (COUNT 0: never)
 *   pace ROLE COUNT FIRST             the same without end, COUNT events each millisecond
 *   say ROLE TYPE TENANT DATA         emit one event of that type with that JSON; a line `stored` once it is acknowledged
 *   listen ROLE CLASS FROM            print each event's JSON, and `caught-up`
 *   health ROLE SERVICE               ask for health, print the answer or the problem's code
 *   serve                             be ingest and answer agent.rename; a line `rename AGENT NAME ACTOR` for each
 *   rename ROLE AGENT NAME ACTOR      ask for agent.rename in the name of ACTOR (- for nobody else's)
 *   misuse ROLE WHAT                  break a rule: `event` emits what only alert may, `shape` an event with a bad field
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/bus/keys.h"
#include "lib/config.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/message/message.h"

static struct loop *loop;
static struct settings settings;

static int fail(const struct problem *problem)
{
    log_problem(LOG_LEVEL_ERROR, "bus_peer.failed", problem);
    return 1;
}

static struct bus *join(const char *role, const char *listen, const struct bus_handler *handlers, struct problem *problem)
{
    char own_key[64], outbox[64];
    snprintf(own_key, sizeof(own_key), "%s/bus.key", role);
    snprintf(outbox, sizeof(outbox), "%s/outbox", role);
    const struct bus_options options = {
        .loop = loop,
        .settings = &settings,
        .peer = bus_peer(role, strlen(role)),
        .own_key = own_key,
        .keys = "bus.keys",
        .outbox = strcmp(role, "cli") ? outbox : NULL,
        .listen = listen,
        .handlers = handlers,
    };
    return bus_open(&options, problem);
}

static void stop(void *arg)
{
    (void)arg;
    loop_stop(loop);
}

static int make_keys(void)
{
    FILE *table = fopen("bus.keys", "w");
    for (unsigned peer = PEER_INGEST; table && peer <= PEER_CLI; peer <<= 1) {
        char public_key[BUS_KEY_BYTES], secret_key[BUS_KEY_BYTES], path[64];
        const char *role = bus_peer_name(peer);
        mkdir(role, 0700);
        snprintf(path, sizeof(path), "%s/bus.key", role);
        int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0400);
        bus_make_key(secret_key);
        if (bus_public_key(secret_key, public_key) || dprintf(fd, "%s\n", secret_key) < 0 || close(fd))
            return 1;
        fprintf(table, "%s %s\n", role, public_key);
    }
    return !table || fclose(table);
}

static struct {
    struct bus *bus;
    unsigned peer;
    uint32_t next, end, stored;     /* numbers; end 0: no end */
    unsigned at_once;
} emitting;

static void stored(void *arg, const struct problem *refused)
{
    uint32_t number = (uint32_t)(uintptr_t)arg;
    if (refused)
        printf("refused %u %s\n", number, refused->reason);
    else
        printf("stored %u\n", number);
    fflush(stdout);
    if (emitting.end && ++emitting.stored == emitting.end)
        loop_stop(loop);
}

static int emit_numbered(uint32_t number)
{
    char subject[32];
    const struct event_about about = { .tenant = "acme", .subject = subject };
    const struct event_agent_online online = { .agent = number, .since = 1700000000000 };
    const struct event_alert_resolved resolved = { .alert = number, .kind = KIND_SITE_SILENT, .resolved_at = 1 };
    snprintf(subject, sizeof(subject), "%s/%u", emitting.peer == PEER_ALERT ? "alert" : "agent", number);
    if (emitting.peer == PEER_ALERT)
        return emit_alert_resolved(emitting.bus, &about, &resolved, stored, (void *)(uintptr_t)number);
    return emit_agent_online(emitting.bus, &about, &online, stored, (void *)(uintptr_t)number);
}

static void emit_some(void *arg)
{
    struct loop_timer **timer = arg;
    for (unsigned i = 0; i < emitting.at_once && (!emitting.end || emitting.next < emitting.end); i++) {
        if (emit_numbered(emitting.next + 1))
            break;
        emitting.next++;
    }
    loop_timer_set(*timer, 1000);
}

static int emit_from(char **argv, uint32_t count, unsigned at_once)
{
    struct problem problem;
    static struct loop_timer *timer;
    emitting.bus = join(argv[0], NULL, NULL, &problem);
    if (!emitting.bus)
        return fail(&problem);
    uint32_t first = (uint32_t)strtoul(argv[2], NULL, 10);
    emitting.peer = bus_peer(argv[0], strlen(argv[0]));
    emitting.at_once = at_once;
    emitting.next = first - 1;
    emitting.end = count ? first - 1 + count : 0;
    emitting.stored = first - 1;
    timer = loop_timer(loop, emit_some, &timer);
    loop_timer_set(timer, 1);
    loop_run(loop);
    bus_free(emitting.bus);
    return 0;
}

static int emit(char **argv)
{
    return emit_from(argv, (uint32_t)strtoul(argv[1], NULL, 10), 64);
}

static int pace(char **argv)
{
    return emit_from(argv, 0, (unsigned)strtoul(argv[1], NULL, 10));
}

static void said(void *arg, const struct problem *refused)
{
    (void)arg;
    printf("%s\n", refused ? refused->reason : "stored");
    loop_stop(loop);
}

static int event_of(const char *type)
{
    int event = 0;
    while (event < EVENT_COUNT && strcmp(event_rows[event].type, type))
        event++;
    return event;
}

static int say_about(const char *role, const char *type, const struct event_about *about, const char *text)
{
    struct problem problem;
    int event = event_of(type);
    json_t *json = message_parse(text, strlen(text), &problem);
    if (!json || event == EVENT_COUNT)
        return 2;
    void *data = calloc(1, event_rows[event].data->size);
    if (message_decode(event_rows[event].data, json, data, &problem))
        return fail(&problem);
    struct bus *bus = join(role, NULL, NULL, &problem);
    if (!bus || bus_emit(bus, (enum event)event, about, data, said, NULL))
        return fail(&problem);
    loop_run(loop);
    bus_free(bus);
    free(data);
    json_decref(json);
    return 0;
}

static int say(char **argv)
{
    return say_about(argv[0], argv[1], &(struct event_about){ .tenant = argv[2] }, argv[3]);
}

static int request(char **argv)
{
    return say_about(argv[0], "operation.requested", &(struct event_about){ .actor = argv[1] }, argv[2]);
}

static void taken(void *arg, const struct bus_event *event)
{
    (void)arg;
    if (event)
        printf("%.*s\n", (int)event->json_bytes, event->json);
    else
        printf("caught-up\n");
    fflush(stdout);
}

static int listen_to(char **argv)
{
    struct problem problem;
    struct bus *bus = join(argv[0], NULL, NULL, &problem);
    int class = word_index(class_words, argv[1]);
    if (!bus || class < 0)
        return fail(&problem);
    const struct bus_filter filter = { .classes = 1u << class };
    uint64_t from[CLASS_COUNT] = { 0 };
    from[class] = strcmp(argv[2], "now") ? strtoull(argv[2], NULL, 10) : BUS_FROM_NOW;
    if (!bus_subscribe(bus, &filter, from, taken, NULL, &problem))
        return fail(&problem);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    (void)arg;
    const struct call_health_reply *health = reply;
    if (refused)
        printf("problem %s %s\n", refused->code, refused->reason);
    else
        printf("%s ok=%d pid=%u\n", service_words[health->service], health->ok, health->pid);
    loop_stop(loop);
}

static int ask_for_health(char **argv)
{
    struct problem problem;
    struct bus *bus = join(argv[0], NULL, NULL, &problem);
    if (!bus)
        return fail(&problem);
    bus_call_health(bus, bus_peer(argv[1], strlen(argv[1])), 3000, answered, NULL);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static void take_rename(struct bus_request *request, const void *in)
{
    const struct call_agent_rename *rename = in;
    const struct call_agent_rename_reply reply = { 0 };
    printf("rename %u %s %s\n", rename->agent, rename->name, bus_request_actor(request));
    fflush(stdout);
    answer_agent_rename(request, &reply);
}

static int serve(char **argv)
{
    (void)argv;
    static const struct bus_handler handlers[] = { { CALL_AGENT_RENAME, take_rename }, { -1, NULL } };
    struct problem problem;
    struct bus *bus = join("ingest", settings.bus.ingest, handlers, &problem);
    if (!bus)
        return fail(&problem);
    printf("serving\n");
    fflush(stdout);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static void renamed(void *arg, const struct problem *refused, const void *reply)
{
    (void)arg, (void)reply;
    printf("%s\n", refused ? refused->code : "ok");
    loop_stop(loop);
}

static int ask_to_rename(char **argv)
{
    struct problem problem;
    struct bus *bus = join(argv[0], NULL, NULL, &problem);
    if (!bus)
        return fail(&problem);
    const struct call_agent_rename request = { (uint32_t)strtoul(argv[1], NULL, 10), argv[2] };
    ask_agent_rename(bus, strcmp(argv[3], "-") ? argv[3] : NULL, &request, 8000, renamed, NULL);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static void proved(void *arg, const struct problem *refused, const void *reply)
{
    (void)arg;
    const struct call_log_prove_reply *proof = reply;
    if (refused)
        printf("problem %s\n", refused->code);
    else
        printf("%s\n%s", proof->entry, proof->receipt);
    loop_stop(loop);
}

static int ask_to_prove(char **argv)
{
    struct problem problem;
    struct bus *bus = join("cli", NULL, NULL, &problem);
    if (!bus)
        return fail(&problem);
    const struct call_log_prove request = { word_index(class_words, argv[0]), strtoull(argv[1], NULL, 10) };
    ask_log_prove(bus, NULL, &request, 8000, proved, NULL);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static void checkpointed(void *arg, const struct problem *refused, const void *reply)
{
    (void)arg;
    const struct call_log_checkpoint_reply *said = reply;
    if (refused)
        printf("problem %s\n", refused->code);
    else
        printf("%s\n%s", said->vkey, said->checkpoint);
    loop_stop(loop);
}

static int ask_for_checkpoint(char **argv)
{
    struct problem problem;
    struct bus *bus = join("cli", NULL, NULL, &problem);
    if (!bus)
        return fail(&problem);
    const struct call_log_checkpoint request = { word_index(class_words, argv[0]) };
    ask_log_checkpoint(bus, NULL, &request, 8000, checkpointed, NULL);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static void misused(void *arg, const struct problem *refused)
{
    (void)arg;
    printf("%s\n", refused ? refused->reason : "taken");
    loop_stop(loop);
}

static int misuse(char **argv)
{
    struct problem problem;
    struct bus *bus = join(argv[0], NULL, NULL, &problem);
    if (!bus)
        return fail(&problem);
    const struct event_about about = { 0 };
    const struct event_alert_resolved resolved = { .alert = 1, .kind = KIND_SITE_SILENT, .resolved_at = 1 };
    const struct event_agent_online nobody = { .agent = 0 }; /* ids begin with 1 */
    if (!strcmp(argv[1], "event"))
        emit_alert_resolved(bus, &about, &resolved, misused, NULL);
    else
        emit_agent_online(bus, &about, &nobody, misused, NULL);
    loop_run(loop);
    bus_free(bus);
    return 0;
}

static const struct {
    const char *name;
    int arguments;
    int (*run)(char **argv);
} commands[] = {
    { "emit", 3, emit },     { "pace", 3, pace },              { "say", 4, say },
    { "request", 3, request }, { "listen", 3, listen_to },
    { "serve", 0, serve },   { "rename", 4, ask_to_rename },   { "misuse", 2, misuse },
    { "health", 2, ask_for_health }, { "prove", 2, ask_to_prove }, { "checkpoint", 1, ask_for_checkpoint },
};

int main(int argc, char **argv)
{
    struct problem problem;
    log_open("bus_peer", LOG_LEVEL_INFO);
    crypto_open();
    if (argc < 3 || chdir(argv[1]))
        return 2;
    if (!strcmp(argv[2], "keys"))
        return make_keys();
    if (config_load("vedette.conf", NULL, 0, &settings, &problem))
        return fail(&problem);
    loop = loop_new();
    loop_signal(loop, SIGTERM, stop, NULL);
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (!strcmp(argv[2], commands[i].name) && argc == 3 + commands[i].arguments)
            return commands[i].run(argv + 3);
    }
    return 2;
}
