#include "cli/restore/open.h"

#include <stdlib.h>

#include "cli/restore/pick.h"

int repository_conf(struct cli *cli, const struct command *command, const struct given *given, struct target_conf *ret,
    struct problem *problem)
{
    const char *name = given_value(command, given, "TARGET"), *file = given_value(command, given, "--targets");
    char path[PATH_MAX];
    if (cli_path(cli, file ? file : name, path, problem))
        return -1;
    return file ? target_conf_find(path, name, ret, problem) : target_conf_directory(path, ret, problem);
}

int repository_agent(const struct command *command, const struct given *given, struct target *target, uint32_t *ret,
    struct problem *problem)
{
    const char *text = given_value(command, given, "--agent");
    char *end = NULL;
    if (!text)
        return pick_agent(target, ret, problem);
    unsigned long id = strtoul(text, &end, 10);
    if (*end || !id || id > 4294967294)
        return problem_set(problem, "usage", "--agent", "an agent's id is a number");
    *ret = (uint32_t)id;
    return 0;
}

int repository_with_key(struct cli *cli, const struct command *command, const struct given *given,
    struct envelope_key **ret_key, struct target_conf *ret_conf, uint32_t *ret_agent, struct problem *problem)
{
    char path[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "--key"), path, problem) ||
        !(*ret_key = envelope_key_load(path, problem)) || repository_conf(cli, command, given, ret_conf, problem))
        return -1;
    struct target *target = target_open(ret_conf, &(struct target_manner){ 0 }, problem);
    int error = !target || repository_agent(command, given, target, ret_agent, problem);
    target_close(target);
    return error ? -1 : 0;
}
