#include "cli/sign/host.h"

#include <dirent.h>
#include <libgen.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"

#define OFF_THE_SERVER "signing keys are never on the server: use another machine, or --demo to try Vedette"

static bool is_state(const char *folder)
{
    char path[PATH_MAX + 16];
    snprintf(path, sizeof(path), "%s/bus.keys", folder);
    return !access(path, F_OK);
}

/* The key itself may be about to be made: then it is its folder that counts. */
static bool within_state(const char *key_path)
{
    char given[PATH_MAX], path[PATH_MAX];
    snprintf(given, sizeof(given), "%s", key_path);
    if (!realpath(given, path) && !realpath(dirname(given), path))
        return false;
    strncat(path, "/", sizeof(path) - strlen(path) - 1);
    for (char *slash = strrchr(path, '/'); slash; slash = strrchr(path, '/')) {
        *slash = '\0';
        if (is_state(*path ? path : "/"))
            return true;
    }
    return false;
}

/* A process of the server, by what the kernel calls it: 15 characters of its name. */
static bool is_service(const char *proc, const char *pid)
{
    static const char *const names[] = { "vedette-ingest", "vedette-portal", "vedette-schedul", "vedette-audit" };
    char path[PATH_MAX], comm[32] = "";
    if (*pid < '0' || *pid > '9' || snprintf(path, sizeof(path), "%s/%s/comm", proc, pid) >= (int)sizeof(path))
        return false;
    FILE *file = fopen(path, "re");
    if (!file)
        return false;
    if (!fgets(comm, sizeof(comm), file))
        comm[0] = '\0';
    fclose(file);
    comm[strcspn(comm, "\n")] = '\0';
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (!strcmp(comm, names[i]))
            return true;
    }
    return false;
}

static bool runs_here(const char *proc)
{
    DIR *directory = opendir(proc);
    bool found = false;
    for (const struct dirent *entry; directory && !found && (entry = readdir(directory));)
        found = is_service(proc, entry->d_name);
    if (directory)
        closedir(directory);
    return found;
}

int host_check(const char *key_path, const char *proc, const char *const *states, struct problem *problem)
{
    if (within_state(key_path))
        return problem_set(
            problem, "server-host", key_path, "the key lies in a server's state directory; " OFF_THE_SERVER);
    bool here = runs_here(proc);
    for (; *states && !here; states++)
        here = is_state(*states);
    return here ? problem_set(problem, "server-host", "", "a server of Vedette is on this machine; " OFF_THE_SERVER)
                : 0;
}
