#include "lib/restore/choose.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "lib/problem.h"

/* The node at a path; NODE_NONE: there is none. Nodes of a folder follow it, so each is looked at once. */
static uint32_t find(const struct nodes *nodes, const char *path)
{
    uint32_t parent = NODE_NONE;
    for (uint32_t i = 0; i < nodes->n && *path; i++) {
        const struct entry *entry = &nodes->all[i].entry;
        size_t bytes = strcspn(path, "/");
        if (nodes->all[i].parent != parent || entry->name_bytes != bytes || memcmp(entry->name, path, bytes))
            continue;
        path += bytes + strspn(path + bytes, "/");
        parent = i;
    }
    return *path ? NODE_NONE : parent;
}

/* With all that stands in it, and the folders on the way there. */
static void choose_one(const struct nodes *nodes, uint8_t *chosen, uint32_t node)
{
    for (uint32_t one = node; one != NODE_NONE; one = nodes->all[one].parent)
        chosen[one] = 1;
    if (nodes->all[node].entry.type != ENTRY_FOLDER)
        return;
    for (uint32_t i = node + 1; i < nodes->n; i++) {
        uint32_t parent = nodes->all[i].parent;
        if (parent == NODE_NONE || parent < node)
            break; /* behind the folder's end */
        chosen[i] = 1;
    }
}

uint8_t *choose_paths(const struct nodes *nodes, const char *const *paths, size_t n, struct problem *problem)
{
    uint8_t *chosen = malloc(nodes->n + 1);
    if (!chosen) {
        problem_set(problem, "no-memory", "", "no memory to restore with");
        return NULL;
    }
    memset(chosen, !n, nodes->n + 1);
    for (size_t i = 0; i < n; i++) {
        uint32_t node = find(nodes, paths[i] + strspn(paths[i], "/"));
        if (node == NODE_NONE) {
            problem_set(problem, "no-file", "PATH", "the backup has no %.200s", paths[i]);
            free(chosen);
            return NULL;
        }
        choose_one(nodes, chosen, node);
    }
    return chosen;
}

int choose_room(const struct nodes *nodes, const uint8_t *chosen, int folder, struct problem *problem)
{
    struct statvfs status;
    uint64_t bytes = 0;
    for (uint32_t i = 0; i < nodes->n_pieces; i++) {
        if (chosen[nodes->pieces[i].node])
            bytes += nodes->pieces[i].length;
    }
    if (fstatvfs(folder, &status))
        return problem_errno(problem, "file", "--to", "cannot tell how much room there is");
    uint64_t room = (uint64_t)status.f_bavail * status.f_frsize;
    return bytes <= room ? 0
                         : problem_set(problem, "no-room", "--to",
                               "%" PRIu64 " MiB are needed, %" PRIu64 " MiB are free", bytes >> 20, room >> 20);
}
