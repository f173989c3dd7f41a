/*
 * vedette-scheduler: on the bus with its own key and role; answers `health`. Tasks, signatures and runs come with later
 * issues.
 *
 * Trusted with: its bus key, by which it may write service events to the log. It may ask nothing of other services.
 */
#include "lib/bus.h"
#include "lib/program.h"

extern const struct bus_handler scheduler_handlers[];

/* Ingest keeps them until somebody takes them. */
void serve_envelope_take(struct bus_request *request, const struct call_envelope_take *in)
{
    (void)in;
    struct problem problem;
    problem_set(&problem, "no-keeper", "", "nothing here stores envelopes yet");
    bus_refuse(request, &problem);
}

static int open_nothing(struct program *program, struct problem *problem)
{
    (void)program, (void)problem;
    return 0;
}

static void drain(struct program *program)
{
    program_drained(program);
}

static struct program program = {
    .name = "scheduler",
    .service = SERVICE_SCHEDULER,
    .peer = PEER_SCHEDULER,
    .handlers = scheduler_handlers,
    .open = open_nothing,
    .start = open_nothing,
    .drain = drain,
};

int main(int argc, char **argv)
{
    return program_main(&program, argc, argv);
}
