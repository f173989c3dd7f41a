/* Contents, segment by segment in two threads: a segment is fetched once, whatever files its frames are in. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/restore/extraction.h"

#define THREADS 2

static int compare(const void *a, const void *b)
{
    const struct node_piece *one = a, *other = b;
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

/* Join as many parts, from the first on, as follow one another both in the frame and in the file. Returns how many. */
static size_t join(const struct node_piece *parts, size_t n, struct node_piece *ret)
{
    size_t joined = 1;
    *ret = parts[0];
    for (; joined < n; joined++) {
        const struct node_piece *next = &parts[joined];
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

/* The first part of it that is written makes the file. */
static int open_file(struct extraction *x, uint32_t node, int folder, const struct entry *entry)
{
    pthread_mutex_lock(&x->lock);
    file_identity known = x->identities[node];
    int fd = known ? -1 : beneath_make_file(folder, entry, &x->identities[node]);
    pthread_mutex_unlock(&x->lock);
    return known ? beneath_open_file(folder, entry, known) : fd;
}

/* `part` is so many parts, joined. Whoever writes the last part of a file finishes the file. */
static int write_parts(struct extraction *x, const struct node_piece *part, size_t parts, const uint8_t *content,
    struct beneath_folder *folder)
{
    uint32_t source;
    struct entry entry = extraction_entry(x, part->node, &source);
    if (beneath_enter(x->job->beneath, x->job->nodes, x->identities, part->node, folder))
        return -1;
    int fd = open_file(x, part->node, folder->fd, &entry);
    if (fd < 0)
        return -1;
    int error = write_all(fd, content, (size_t)part->length, part->at);
    if (!error)
        extraction_written(x, part->length);
    if (!error && atomic_fetch_sub(&x->left[part->node], (uint32_t)parts) == parts) {
        error = (ends_in_hole(x, source) && ftruncate(fd, (off_t)entry.size)) ||
                beneath_finish(x->job->beneath, fd, &entry);
        if (!error)
            extraction_succeed(x, &entry);
    }
    int number = errno;
    close(fd);
    errno = number;
    return error ? -1 : 0;
}

/* A file of which a part was stored wrong is told, and not finished; the others are. */
static int read_parts(struct extraction *x, struct reader *reader, const struct node_piece *parts, size_t n,
    const uint8_t **ret, bool *ret_wrong, struct problem *problem)
{
    *ret_wrong = false;
    for (size_t i = 0; i < n && !*ret_wrong; i++) {
        const uint8_t *content;
        if (!reader_piece(reader, &parts[i], &content, problem)) {
            *ret = i ? *ret : content;
            continue;
        }
        if (strcmp(problem->code, "wrong-content"))
            return -1;
        extraction_fail(x, parts[i].node, problem->reason);
        *ret_wrong = true;
    }
    return 0;
}

/* The parts in one segment. */
static int write_segment(struct extraction *x, struct reader *reader, const struct node_piece *parts, size_t n,
    struct beneath_folder *folder, struct problem *problem)
{
    if (reader_segment(reader, parts->segment, problem))
        return -1;
    for (size_t i = 0, joined; i < n; i += joined) {
        struct node_piece part;
        const uint8_t *content;
        bool wrong;
        joined = join(&parts[i], n - i, &part);
        if (read_parts(x, reader, &parts[i], joined, &content, &wrong, problem))
            return -1;
        if (wrong)
            continue;
        beneath_assume(x->job->beneath);
        int error = write_parts(x, &part, joined, content, folder);
        beneath_resume(x->job->beneath);
        if (error)
            extraction_fail(x, part.node, strerror(errno));
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

int contents_write(struct extraction *x, struct problem *problem)
{
    pthread_t threads[THREADS];
    unsigned n = 0;
    if (x->n_parts)
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
