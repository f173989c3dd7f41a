#include "lib/restore/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/restore/extraction.h"

static void make_folders(struct extraction *x)
{
    struct beneath_folder folder = { .fd = -1 };
    for (uint32_t i = 0; i < x->job->nodes->n; i++) {
        bool made = false;
        if (!x->job->chosen[i] || x->job->nodes->all[i].entry.type != ENTRY_FOLDER)
            continue;
        if (beneath_enter(x->job->beneath, x->job->nodes, x->identities, i, &folder) ||
            beneath_make_folder(folder.fd, &x->job->nodes->all[i].entry, &x->identities[i], &made)) {
            extraction_fail(x, i, strerror(errno));
            x->job->chosen[i] = 0;
        }
        x->made[i] = made;
    }
    beneath_leave(&folder);
}

/* From the last to the first, so that nothing in a folder is touched after the folder. */
static void finish_folders(struct extraction *x)
{
    struct beneath_folder folder = { .fd = -1 };
    for (uint32_t i = x->job->nodes->n; i-- > 0;) {
        const struct entry *entry = &x->job->nodes->all[i].entry;
        if (!x->job->chosen[i] || entry->type != ENTRY_FOLDER)
            continue;
        int error = beneath_enter(x->job->beneath, x->job->nodes, x->identities, i, &folder);
        int fd = error ? -1 : beneath_open_folder(folder.fd, entry, x->identities[i]);
        if (fd < 0 || beneath_finish(x->job->beneath, fd, entry))
            extraction_fail(x, i, strerror(errno));
        else
            extraction_succeed(x, entry);
        if (fd >= 0)
            close(fd);
    }
    beneath_leave(&folder);
}

/* A place that is free now; false: it is not to be used. */
static bool clear(struct extraction *x, uint32_t node, int folder, const struct entry *entry)
{
    uint32_t parent = x->job->nodes->all[node].parent;
    if (parent != NODE_NONE && x->made[parent])
        return true;
    switch (beneath_look(x->job->beneath, folder, entry)) {
    case STANDING_NOTHING:
        return true;
    case STANDING_SAME:
        x->extracted.same++;
        return false;
    case STANDING_PARTIAL:
        if (!unlinkat(folder, entry->name, 0))
            return true;
        break;
    case STANDING_OTHER:
        errno = EEXIST;
        break;
    }
    extraction_fail(x, node, strerror(errno));
    return false;
}

static int add_parts(struct extraction *x, uint32_t node, uint32_t source)
{
    const struct node *from = &x->job->nodes->all[source];
    for (uint32_t i = 0; i < from->n_pieces; i++) {
        const struct node_piece *piece = &x->job->nodes->pieces[from->pieces + i];
        if (x->n_parts == x->room) {
            size_t room = x->room ? 2 * x->room : 1024;
            struct node_piece *parts = realloc(x->parts, room * sizeof(*parts));
            if (!parts)
                return -1;
            x->parts = parts;
            x->room = room;
        }
        x->parts[x->n_parts] = *piece;
        x->parts[x->n_parts++].node = node;
    }
    x->left[node] = from->n_pieces;
    return 0;
}

/* A file that is empty, or nothing but a hole. */
static void make_empty(struct extraction *x, uint32_t node, int folder, const struct entry *entry)
{
    int fd = beneath_make_file(folder, entry, &x->identities[node]);
    if (fd < 0 || (entry->size && ftruncate(fd, (off_t)entry->size)) || beneath_finish(x->job->beneath, fd, entry))
        extraction_fail(x, node, strerror(errno));
    else
        extraction_succeed(x, entry);
    if (fd >= 0)
        close(fd);
}

static int prepare_one(struct extraction *x, uint32_t node, struct beneath_folder *folder)
{
    uint32_t source;
    struct entry entry = extraction_entry(x, node, &source);
    if (entry.type == ENTRY_FILE && x->stand_in[source] != NODE_NONE)
        return 0; /* it is linked at the end */
    if (beneath_enter(x->job->beneath, x->job->nodes, x->identities, node, folder)) {
        extraction_fail(x, node, strerror(errno));
        return 0;
    }
    if (entry.type == ENTRY_FILE)
        x->stand_in[source] = node;
    if (!clear(x, node, folder->fd, &entry))
        return 0;
    if (entry.type == ENTRY_FILE && x->job->nodes->all[source].n_pieces)
        return add_parts(x, node, source);
    if (entry.type == ENTRY_FILE)
        make_empty(x, node, folder->fd, &entry);
    else if (beneath_make(x->job->beneath, folder->fd, &entry))
        extraction_fail(x, node, strerror(errno));
    else
        extraction_succeed(x, &entry);
    return 0;
}

static int prepare(struct extraction *x, struct problem *problem)
{
    struct beneath_folder folder = { .fd = -1 };
    int error = 0;
    for (uint32_t i = 0; i < x->job->nodes->n && !error; i++) {
        if (x->job->chosen[i] && x->job->nodes->all[i].entry.type != ENTRY_FOLDER)
            error = prepare_one(x, i, &folder);
    }
    beneath_leave(&folder);
    return error ? problem_set(problem, "no-memory", "", "no memory to restore with") : 0;
}

static void link_one(struct extraction *x, uint32_t node, struct beneath_folder *from, struct beneath_folder *to)
{
    const struct entry *entry = &x->job->nodes->all[node].entry;
    uint32_t first = x->stand_in[entry->number];
    const char *name = x->job->nodes->all[first].entry.name;
    if (x->lost[first])
        extraction_fail(x, node, "the file that it is a link of could not be restored");
    else if (beneath_enter(x->job->beneath, x->job->nodes, x->identities, first, from) ||
             beneath_enter(x->job->beneath, x->job->nodes, x->identities, node, to) ||
             beneath_link(from->fd, name, x->identities[first], to->fd, entry->name))
        extraction_fail(x, node, strerror(errno));
    else
        extraction_succeed(x, entry);
}

static void link_files(struct extraction *x)
{
    struct beneath_folder from = { .fd = -1 }, to = { .fd = -1 };
    for (uint32_t i = 0; i < x->job->nodes->n; i++) {
        const struct entry *entry = &x->job->nodes->all[i].entry;
        if (x->job->chosen[i] && entry->type == ENTRY_HARD_LINK && x->stand_in[entry->number] != i &&
            x->stand_in[entry->number] != NODE_NONE)
            link_one(x, i, &from, &to);
    }
    beneath_leave(&from);
    beneath_leave(&to);
}

static int extract_all(struct extraction *x, struct problem *problem)
{
    size_t n = x->job->nodes->n;
    x->stand_in = malloc((n + 1) * sizeof(*x->stand_in));
    x->made = calloc(n + 1, 1);
    x->identities = calloc(n + 1, sizeof(*x->identities));
    x->left = calloc(n + 1, sizeof(*x->left));
    x->lost = calloc(n + 1, 1);
    if (!x->stand_in || !x->made || !x->identities || !x->left || !x->lost)
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    memset(x->stand_in, 0xff, n * sizeof(*x->stand_in));
    for (size_t i = 0; i < n; i++)
        x->extracted.chosen += x->job->chosen[i];
    beneath_assume(x->job->beneath);
    make_folders(x);
    int error = prepare(x, problem);
    beneath_resume(x->job->beneath);
    for (size_t i = 0; i < x->n_parts; i++)
        x->extracted.due_bytes += x->parts[i].length;
    x->counted = true;
    extraction_tell(x);
    if (error || contents_write(x, problem))
        return -1;
    beneath_assume(x->job->beneath);
    link_files(x);
    finish_folders(x);
    beneath_resume(x->job->beneath);
    return syncfs(x->job->beneath->fd) ? problem_errno(problem, "file", "", "what was restored may not be on the disk")
                                       : 0;
}

int extract(const struct extract_job *job, struct extracted *ret, struct problem *problem)
{
    struct extraction x = { .job = job, .lock = PTHREAD_MUTEX_INITIALIZER };
    int error = extract_all(&x, problem);
    *ret = x.extracted;
    free(x.parts);
    free(x.stand_in);
    free(x.made);
    free(x.identities);
    free(x.left);
    free(x.lost);
    return error;
}
