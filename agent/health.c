#include "agent/health.h"

#include <jansson.h>
#include <string.h>
#include <unistd.h>

#include "agent/state.h"
#include "lib/json_file.h"
#include "lib/log.h"
#include "lib/message/message.h"
#include "lib/problem.h"

void health_say(bool reached)
{
    struct problem problem;
    if (!state_has(UPDATING_FILE))
        return;
    json_t *json =
        json_pack("{s:s, s:I, s:b}", "version", vedette_version, "pid", (json_int_t)getpid(), "reached", (int)reached);
    if (json_file_write(HEALTH_FILE, json, JSON_COMPACT, 0600, &problem))
        log_problem(LOG_LEVEL_WARNING, "agent.no-health", &problem);
}

int health_parse(const char *text, size_t bytes, struct health *ret, struct problem *problem)
{
    const char *version;
    json_int_t pid;
    int reached;
    struct health health = { 0 };
    json_t *json = message_parse(text, bytes, problem);
    if (!json)
        return -1;
    bool whole = !json_unpack_ex(json, NULL, JSON_STRICT, "{s:s, s:I, s:b}", "version", &version, "pid", &pid,
                     "reached", &reached) &&
                 strlen(version) < sizeof(health.version) && pid > 0 && pid <= INT32_MAX;
    if (whole) {
        strcpy(health.version, version);
        health.pid = (pid_t)pid;
        health.reached = reached;
        *ret = health;
    }
    json_decref(json);
    return whole ? 0 : problem_set(problem, "bad-state", HEALTH_FILE, "%s says nothing of a program", HEALTH_FILE);
}
