#include "lib/restore/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/problem.h"

#define THREADS 2

/* A piece that is to be written. */
struct stretch {
    uint32_t segment, offset, skip, node;
    uint64_t at, length;
};

struct extraction {
    const struct extract_job *job;
    uint32_t *stand_in; /* of a file: the node that has its content here; NODE_NONE: none yet */
    uint8_t *made;      /* folders that were not there */
    size_t n_parts, room;
    struct stretch *parts;  /* by segment and place */
    _Atomic uint32_t *left; /* of a file: parts still to be written */
    pthread_mutex_t lock;   /* of all below */
    bool counted;           /* it is known how much is to be written */
    size_t next;            /* part that no thread has taken */
    bool failed;
    struct problem problem;
    struct extracted extracted;
};

/* What became of an entry */

static void fail(struct extraction *x, uint32_t node, const char *why)
{
    char path[NODE_PATH_BYTES];
    pthread_mutex_lock(&x->lock);
    if (x->extracted.failed++ < EXTRACT_TOLD_MAX && nodes_path(x->job->nodes, node, path))
        fprintf(stderr, "vedette: restore: %s: %s\n", path, why);
    pthread_mutex_unlock(&x->lock);
}

static void tell(struct extraction *x)
{
    if (x->job->progress && x->counted)
        x->job->progress(x->job->arg, &x->extracted);
}

static void succeed(struct extraction *x, const struct entry *entry)
{
    pthread_mutex_lock(&x->lock);
    x->extracted.entries++;
    x->extracted.bytes += entry->size;
    x->extracted.unsteady += entry->flags & ENTRY_UNSTEADY;
    tell(x);
    pthread_mutex_unlock(&x->lock);
}

static void note_written(struct extraction *x, uint64_t bytes)
{
    pthread_mutex_lock(&x->lock);
    x->extracted.written_bytes += bytes;
    tell(x);
    pthread_mutex_unlock(&x->lock);
}

static void make_folders(struct extraction *x)
{
    struct beneath_folder folder = { .fd = -1 };
    for (uint32_t i = 0; i < x->job->nodes->n; i++) {
        bool made = false;
        if (!x->job->chosen[i] || x->job->nodes->all[i].entry.type != ENTRY_FOLDER)
            continue;
        if (beneath_enter(x->job->beneath, x->job->nodes, i, &folder) ||
            beneath_make_folder(folder.fd, &x->job->nodes->all[i].entry, &made)) {
            fail(x, i, strerror(errno));
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
        int error = beneath_enter(x->job->beneath, x->job->nodes, i, &folder);
        int fd = error ? -1 : openat(folder.fd, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0 || beneath_finish(x->job->beneath, fd, entry))
            fail(x, i, strerror(errno));
        else
            succeed(x, entry);
        if (fd >= 0)
            close(fd);
    }
    beneath_leave(&folder);
}

/* What has no content, and what is to have some */

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
    fail(x, node, strerror(errno));
    return false;
}

static int add_parts(struct extraction *x, uint32_t node, uint32_t source)
{
    const struct node *from = &x->job->nodes->all[source];
    for (uint32_t i = 0; i < from->n_pieces; i++) {
        const struct node_piece *piece = &x->job->nodes->pieces[from->pieces + i];
        if (x->n_parts == x->room) {
            size_t room = x->room ? 2 * x->room : 1024;
            struct stretch *parts = realloc(x->parts, room * sizeof(*parts));
            if (!parts)
                return -1;
            x->parts = parts;
            x->room = room;
        }
        x->parts[x->n_parts++] =
            (struct stretch){ piece->segment, piece->offset, piece->skip, node, piece->at, piece->length };
    }
    x->left[node] = from->n_pieces;
    return 0;
}

/* A file that is empty, or nothing but a hole. */
static void make_empty(struct extraction *x, uint32_t node, int folder, const struct entry *entry)
{
    int fd = beneath_file(folder, entry);
    if (fd < 0 || (entry->size && ftruncate(fd, (off_t)entry->size)) || beneath_finish(x->job->beneath, fd, entry))
        fail(x, node, strerror(errno));
    else
        succeed(x, entry);
    if (fd >= 0)
        close(fd);
}

/* The file that a link names may not have been chosen: then the first of its links is the file here. */
static struct entry entry_here(struct extraction *x, uint32_t node, uint32_t *ret_source)
{
    struct entry entry = x->job->nodes->all[node].entry;
    *ret_source = node;
    if (entry.type != ENTRY_HARD_LINK)
        return entry;
    *ret_source = (uint32_t)entry.number;
    const struct entry *linked = &x->job->nodes->all[entry.number].entry;
    entry.type = ENTRY_FILE;
    entry.size = linked->size;
    entry.flags = linked->flags;
    return entry;
}

static int prepare_one(struct extraction *x, uint32_t node, struct beneath_folder *folder)
{
    uint32_t source;
    struct entry entry = entry_here(x, node, &source);
    if (entry.type == ENTRY_FILE && x->stand_in[source] != NODE_NONE)
        return 0; /* it is linked at the end */
    if (beneath_enter(x->job->beneath, x->job->nodes, node, folder)) {
        fail(x, node, strerror(errno));
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
        fail(x, node, strerror(errno));
    else
        succeed(x, &entry);
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

static int compare(const void *a, const void *b)
{
    const struct stretch *one = a, *other = b;
    if (one->segment != other->segment)
        return one->segment < other->segment ? -1 : 1;
    if (one->offset != other->offset)
        return one->offset < other->offset ? -1 : 1;
    if (one->node != other->node)
        return one->node < other->node ? -1 : 1;
    return (one->at > other->at) - (one->at < other->at);
}

static int write_all(int fd, const uint8_t *data, size_t bytes, uint64_t at)
{
    while (bytes) {
        ssize_t n = pwrite(fd, data, bytes, (off_t)at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return -1;
        data += n;
        at += (uint64_t)n;
        bytes -= (size_t)n;
    }
    return 0;
}

/* As many parts, from the first on, as are one in the frame and in the file. */
static size_t join(const struct stretch *parts, size_t n, struct stretch *ret)
{
    size_t joined = 1;
    *ret = parts[0];
    for (; joined < n; joined++) {
        const struct stretch *next = &parts[joined];
        if (next->node != ret->node || next->offset != ret->offset || next->at != ret->at + ret->length ||
            next->skip != ret->skip + ret->length)
            break;
        ret->length += next->length;
    }
    return joined;
}

static bool ends_in_hole(const struct extraction *x, uint32_t node)
{
    const struct node *file = &x->job->nodes->all[node];
    const struct node_piece *last = &x->job->nodes->pieces[file->pieces + file->n_pieces - 1];
    return last->at + last->length < file->entry.size;
}

/* So many parts in one. Whoever writes the last finishes the file. */
static int write_parts(struct extraction *x, const struct stretch *part, size_t parts, const uint8_t *content,
    struct beneath_folder *folder)
{
    uint32_t source;
    struct entry entry = entry_here(x, part->node, &source);
    if (beneath_enter(x->job->beneath, x->job->nodes, part->node, folder))
        return -1;
    int fd = beneath_file(folder->fd, &entry);
    if (fd < 0)
        return -1;
    int error = write_all(fd, content + part->skip, (size_t)part->length, part->at);
    if (!error)
        note_written(x, part->length);
    if (!error && atomic_fetch_sub(&x->left[part->node], (uint32_t)parts) == parts) {
        error = (ends_in_hole(x, source) && ftruncate(fd, (off_t)entry.size)) ||
                beneath_finish(x->job->beneath, fd, &entry);
        if (!error)
            succeed(x, &entry);
    }
    int number = errno;
    close(fd);
    errno = number;
    return error ? -1 : 0;
}

/* The parts in one segment. */
static int write_segment(struct extraction *x, struct reader *reader, const struct stretch *parts, size_t n,
    struct beneath_folder *folder, struct problem *problem)
{
    if (reader_segment(reader, parts->segment, problem))
        return -1;
    for (size_t i = 0, joined; i < n; i += joined) {
        struct stretch part;
        size_t next;
        joined = join(&parts[i], n - i, &part);
        if (reader_frame(reader, part.offset, &next, problem))
            return -1;
        if (part.skip > reader->content_bytes || part.length > reader->content_bytes - part.skip)
            return problem_set(problem, "bad-tree", "", "the tree makes no sense: content beyond a frame");
        beneath_assume(x->job->beneath);
        int error = write_parts(x, &part, joined, reader->content, folder);
        beneath_resume(x->job->beneath);
        if (error)
            fail(x, part.node, strerror(errno));
    }
    return 0;
}

/* The next segment's parts; 0: there are no more, or somebody failed, or it is to stop. */
static size_t take(struct extraction *x, size_t *ret_first)
{
    pthread_mutex_lock(&x->lock);
    if (x->job->stop && atomic_load(x->job->stop) && !x->failed && x->next < x->n_parts) {
        problem_set(&x->problem, "stopped", "", "it was stopped; the same restore goes on from there");
        x->failed = true;
    }
    size_t first = x->next, end = first;
    while (!x->failed && end < x->n_parts && x->parts[end].segment == x->parts[first].segment)
        end++;
    x->next = end;
    pthread_mutex_unlock(&x->lock);
    *ret_first = first;
    return end - first;
}

static void *work(void *arg)
{
    struct extraction *x = arg;
    struct beneath_folder folder = { .fd = -1 };
    struct problem problem;
    struct target *target = target_open(x->job->conf, &(struct target_manner){ 0 }, &problem);
    struct reader reader;
    int error = target ? 0 : -1;
    bool made = target && !reader_make(&reader, target, x->job->key, x->job->commit);
    if (target && !made)
        error = problem_set(&problem, "no-memory", "", "no memory to restore with");
    for (size_t first, n; !error && (n = take(x, &first));)
        error = write_segment(x, &reader, &x->parts[first], n, &folder, &problem);
    if (error) {
        pthread_mutex_lock(&x->lock);
        if (!x->failed)
            x->problem = problem;
        x->failed = true;
        pthread_mutex_unlock(&x->lock);
    }
    if (made)
        reader_free(&reader);
    beneath_leave(&folder);
    target_close(target);
    return NULL;
}

static int write_contents(struct extraction *x, struct problem *problem)
{
    pthread_t threads[THREADS];
    unsigned n = 0;
    qsort(x->parts, x->n_parts, sizeof(*x->parts), compare);
    while (n < THREADS && !pthread_create(&threads[n], NULL, work, x))
        n++;
    if (!n)
        return problem_set(problem, "no-memory", "", "no memory for a thread");
    while (n)
        pthread_join(threads[--n], NULL);
    if (x->failed)
        *problem = x->problem;
    return x->failed ? -1 : 0;
}

static bool is_linked(int folder, const char *name, int other_folder, const char *other_name)
{
    struct stat one, other;
    return !fstatat(folder, name, &one, AT_SYMLINK_NOFOLLOW) &&
           !fstatat(other_folder, other_name, &other, AT_SYMLINK_NOFOLLOW) && one.st_ino == other.st_ino &&
           one.st_dev == other.st_dev;
}

static void link_one(struct extraction *x, uint32_t node, struct beneath_folder *from, struct beneath_folder *to)
{
    const struct entry *entry = &x->job->nodes->all[node].entry;
    uint32_t first = x->stand_in[entry->number];
    const char *name = x->job->nodes->all[first].entry.name;
    if (beneath_enter(x->job->beneath, x->job->nodes, first, from) || beneath_enter(x->job->beneath, x->job->nodes, node, to) ||
        (linkat(from->fd, name, to->fd, entry->name, 0) && !is_linked(from->fd, name, to->fd, entry->name)))
        fail(x, node, strerror(errno));
    else
        succeed(x, entry);
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
    x->left = calloc(n + 1, sizeof(*x->left));
    if (!x->stand_in || !x->made || !x->left)
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
    tell(x);
    if (error || write_contents(x, problem))
        return -1;
    beneath_assume(x->job->beneath);
    link_files(x);
    finish_folders(x);
    beneath_resume(x->job->beneath);
    return syncfs(x->job->beneath->fd) ? problem_errno(problem, "file", "", "what was restored may not be on the disk") : 0;
}

int extract(const struct extract_job *job, struct extracted *ret, struct problem *problem)
{
    struct extraction x = { .job = job, .lock = PTHREAD_MUTEX_INITIALIZER };
    int error = extract_all(&x, problem);
    *ret = x.extracted;
    free(x.parts);
    free(x.stand_in);
    free(x.made);
    free(x.left);
    return error;
}
