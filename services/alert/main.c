/*
 * vedette-alert: tells people when something is wrong for too long.
 *
 * It is trusted to say what deserves attention, and with nothing else: it reads the classes `fleet` and `alert` of the
 * log, may add alert.opened and alert.resolved, and holds no key of an agent and no account. Who takes it over can cry
 * wolf or keep silent; the log still tells the truth.
 */
#include "lib/bus.h"
#include "lib/program.h"
#include "services/alert/watch.h"

extern const struct bus_handler alert_handlers[];

static struct watch *watch;

static int open_nothing(struct program *program, struct problem *problem)
{
    (void)program;
    (void)problem;
    return 0;
}

static int start(struct program *program, struct problem *problem)
{
    watch = watch_start(program, problem);
    if (!watch)
        return -1;
    bus_set_context(program->bus, watch);
    return 0;
}

static void drain(struct program *program)
{
    watch_stop(watch);
    program_drained(program);
}

static bool healthy(struct program *program, char reason[201])
{
    (void)program;
    return watch_healthy(watch, reason);
}

int main(int argc, char **argv)
{
    struct program program = {
        .name = "alert",
        .service = SERVICE_ALERT,
        .peer = PEER_ALERT,
        .handlers = alert_handlers,
        .open = open_nothing,
        .start = start,
        .drain = drain,
        .healthy = healthy,
        .needs_network = true, /* the log is followed over TCP */
    };
    return program_main(&program, argc, argv);
}
