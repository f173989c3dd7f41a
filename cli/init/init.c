#include "cli/init/init.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "lib/buf.h"
#include "lib/files.h"

#define ASSIGNMENTS_MAX (VALUES_MAX + 6) /* --set, --ports (five), --public-name */
#define ASSIGNMENT_BYTES 320

const char *const folder_names[FOLDER_COUNT] = { "ingest", "portal", "scheduler", "backup", "audit", "alert" };

struct assignments {
    size_t n;
    char text[ASSIGNMENTS_MAX][ASSIGNMENT_BYTES];
    const char *list[ASSIGNMENTS_MAX];
};

static int assign(
    struct assignments *all, const char *name, const char *before, const char *value, struct problem *problem)
{
    char *text = all->text[all->n];
    if (snprintf(text, ASSIGNMENT_BYTES, "%s%s%s", name, before, value) >= ASSIGNMENT_BYTES)
        return problem_set(problem, "usage", name, "the value for %s is too long", name);
    all->list[all->n++] = text;
    return 0;
}

/* --ports B stands for the five addresses that have a port of their own. */
static int assign_ports(struct assignments *all, const char *base, struct problem *problem)
{
    static const char *const settings[] = { "ingest.beat_listen=0.0.0.0:", "ingest.http_listen=0.0.0.0:",
        "portal.listen=0.0.0.0:", "common.soc_live=tcp://127.0.0.1:", "common.soc_replay=tcp://127.0.0.1:" };
    char *end;
    long first = strtol(base, &end, 10);
    if (!*base || *end || first < 1 || first > 65531)
        return problem_set(problem, "usage", "--ports", "--ports needs the first of five ports, 1 to 65531");
    for (long i = 0; i < 5; i++) {
        char port[24];
        snprintf(port, sizeof(port), "%ld", first + i);
        if (assign(all, settings[i], "", port, problem))
            return -1;
    }
    return 0;
}

static int assign_all(
    const struct command *command, const struct given *given, struct assignments *ret, struct problem *problem)
{
    const char *ports = given_value(command, given, "--ports");
    const char *name = given_value(command, given, "--public-name");
    if ((ports && assign_ports(ret, ports, problem)) || (name && assign(ret, "common.public_name", "=", name, problem)))
        return -1;
    size_t set = argument_index(command, "--set");
    for (size_t i = 0; i < given->n[set]; i++) {
        if (assign(ret, given->values[set][i], "", "", problem))
            return -1;
    }
    return 0;
}

/* A folder of the operator's own is not made here: it is on another disk, or should be. */
static int keep_second_place(const struct layout *layout, struct problem *problem)
{
    const char *path = layout->settings.audit.second_place;
    return *path == '/' ? 0 : keep_directory(path, 0700, &layout->owners[FOLDER_AUDIT], problem);
}

int init_folders(const struct layout *layout, struct problem *problem)
{
    for (int i = 0; i < FOLDER_COUNT; i++) {
        if (keep_directory(folder_names[i], 0700, &layout->owners[i], problem))
            return -1;
    }
    /* Audit writes the log and the portal serves it: what is made in there gets the portal's group. */
    const struct owner log = { layout->owners[FOLDER_AUDIT].uid, layout->owners[FOLDER_PORTAL].gid };
    if (keep_directory("log", 02750, &log, problem) || keep_second_place(layout, problem))
        return -1;
    return keep_directory("redis", 0700, &layout->redis, problem) ||
                   keep_directory("cli", 0700, &layout->us, problem) || keep_directory("ca", 0700, &layout->us, problem)
               ? -1
               : 0;
}

/* mkdir -p of the state directory's parents is not ours: a mistyped path should not become a tree. */
static int enter(const char *directory, struct problem *problem)
{
    if (dir_make(directory, 0711, problem))
        return -1;
    if (chdir(directory))
        return problem_errno(problem, "file", directory, "cannot enter %s", directory);
    return 0;
}

static void report(const struct cli *cli, const char *fingerprint)
{
    struct buf line = { 0 };
    if (!cli->options.json)
        printf("%s is ready. The CA's fingerprint: %s\n", cli->options.state, fingerprint);
    else if (!buf_json_string(&line, cli->options.state, strlen(cli->options.state)))
        printf("{\"state\":%s,\"ca_sha256\":\"%s\"}\n", line.data, fingerprint);
    buf_free(&line);
}

enum outcome run_init(struct cli *cli, const struct command *command, const struct given *given)
{
    struct assignments assignments = { 0 };
    struct problem problem;
    struct layout layout;
    char fingerprint[FINGERPRINT_BYTES];
    if (assign_all(command, given, &assignments, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    umask(077);
    if (enter(cli->options.state, &problem) || init_conf(assignments.list, assignments.n, &layout, &problem) ||
        init_folders(&layout, &problem) || init_bus_keys(&layout, &problem) ||
        init_certificates(&layout, fingerprint, &problem) || init_secrets(&layout, &problem) ||
        init_envelope_keys(&layout, &problem) || init_offsite(&layout, &problem))
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    report(cli, fingerprint);
    return OUTCOME_OK;
}
