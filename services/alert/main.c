/*
 * vedette-alert: tells people when something is wrong for too long, and sends the log's events to receivers outside.
 *
 * It is trusted to say what deserves attention and to read the whole log, since an output may be asked for all of it;
 * it holds no key of an agent and no account. Who takes it over can cry wolf or keep silent, and read on; the log still
 * tells the truth.
 */
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/log.h"
#include "lib/program.h"
#include "services/alert/alert.h"
#include "services/alert/output/outputs.h"
#include "services/alert/watch.h"

#define SYSTEM_CERTIFICATES "/etc/ssl/certs" /* Debian's; the folder, since the bundle in it is replaced by updates */

extern const struct bus_handler alert_handlers[];

static struct alert alert;

static int allow_certificates(struct program *program, struct problem *problem)
{
    (void)problem;
    if (!access(SYSTEM_CERTIFICATES, X_OK))
        program->readable[0] = SYSTEM_CERTIFICATES;
    return 0;
}

static int start(struct program *program, struct problem *problem)
{
    alert.watch = watch_start(program, problem);
    if (!alert.watch)
        return -1;
    alert.outputs = outputs_start(program, watch_records(alert.watch), problem);
    if (!alert.outputs)
        return -1;
    bus_set_context(program->bus, &alert);
    return 0;
}

static void outputs_stopped(void *arg)
{
    struct program *program = arg;
    watch_stop(alert.watch);
    program_drained(program);
}

/* Outputs first: how far they got is made durable with the last turn of the watch. */
static void drain(struct program *program)
{
    outputs_stop(alert.outputs, outputs_stopped, program);
}

static bool healthy(struct program *program, char reason[201])
{
    (void)program;
    return watch_healthy(alert.watch, reason) && outputs_healthy(alert.outputs, reason);
}

int main(int argc, char **argv)
{
    struct program program = {
        .name = "alert",
        .service = SERVICE_ALERT,
        .peer = PEER_ALERT,
        .handlers = alert_handlers,
        .open = allow_certificates,
        .start = start,
        .drain = drain,
        .healthy = healthy,
        .needs_network = true, /* the log is followed over TCP, and outputs lead outside */
    };
    return program_main(&program, argc, argv);
}
