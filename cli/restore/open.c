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
