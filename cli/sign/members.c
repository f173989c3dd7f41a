/* Members that documents of several kinds have, out of options. */
#include <stdlib.h>

#include "cli/sign/compose.h"
#include "lib/problem.h"

int compose_number(json_t *payload, const char *member, const char *option, const char *text, struct problem *problem)
{
    char *end;
    long long number = text ? strtoll(text, &end, 10) : 0;
    if (text && (*end || text[0] < '0' || text[0] > '9'))
        return problem_set(problem, "usage", option, "%s wants a whole number", option);
    return text ? json_object_set_new(payload, member, json_integer(number)) : 0;
}

int compose_duration(json_t *payload, const char *member, const char *option, const char *text, struct problem *problem)
{
    int64_t seconds;
    if (text && duration_parse(text, &seconds))
        return problem_set(problem, "usage", option, "%s wants a duration as 90s, 15m, 1h or 7d", option);
    return text ? json_object_set_new(payload, member, json_integer(seconds)) : 0;
}

int compose_rollout(json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    json_t *rollout = json_pack("{si}", "canary", 0);
    const char *ring = given_value(command, given, "--ring");
    int error = compose_number(rollout, "canary", "--canary", given_value(command, given, "--canary"), problem) ||
                compose_number(rollout, "ring", "--ring", ring, problem) ||
                compose_number(rollout, "stop_failures", "--stop-failures",
                    given_value(command, given, "--stop-failures"), problem);
    if (!error && json_object_size(rollout) > 1)
        json_object_set(payload, "rollout", rollout);
    json_decref(rollout);
    return error || compose_duration(payload, "fresh_within_s", "--fresh-within",
                        given_value(command, given, "--fresh-within"), problem);
}
