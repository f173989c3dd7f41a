#include "agent/backup/entries.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "agent/backup/source.h"
#include "agent/backup/tar.h"
#include "lib/problem.h"

#define SETTLED_S 2 /* the coarsest clock of a file system, FAT's */

int entries_unread(struct steps *steps, struct problem *problem)
{
    const char *path = *steps->path ? steps->path : "/";
    if (errno == ENOMEM || errno == EMFILE || errno == ENFILE)
        return problem_errno(problem, "file", path, "cannot read %.150s", path);
    walk_name_unread(steps->walk, &path, 1);
    return 0;
}

int entries_gone_or_unread(struct steps *steps, struct problem *problem)
{
    return errno == ENOENT ? 0 : entries_unread(steps, problem);
}

static int put_raw(struct steps *steps, struct problem *problem)
{
    struct feed *feed = steps->walk->feed;
    for (size_t done = 0; done < steps->header.length;) {
        size_t left = steps->header.length - done, n = left < BATCH_BYTES ? left : BATCH_BYTES;
        uint8_t *room = feed_room(feed, n, 0, problem);
        if (!room)
            return -1;
        memcpy(room, steps->header.data + done, n);
        feed_raw(feed, n);
        done += n;
    }
    return 0;
}

static int put_header(struct steps *steps, const char *linked, const struct extents *extents, struct problem *problem)
{
    if (!steps->walk->archived || steps->facts.entry.type == ENTRY_SOCKET) /* tar has no letter for these */
        return 0;
    buf_clear(&steps->header);
    if (tar_header(&steps->header, &steps->facts.entry, steps->path + 1, linked ? linked + 1 : NULL, extents))
        return problem_set(problem, "no-memory", "", "no memory for an archive");
    return put_raw(steps, problem);
}

static int put_entry(struct steps *steps, const struct stamp *stamp, struct problem *problem)
{
    struct walk *walk = steps->walk;
    walk->entries++;
    walk->content_bytes += steps->facts.entry.size;
    return feed_entry(walk->feed, &steps->facts.entry, steps->path, steps->path_bytes, stamp, problem);
}

int entries_put(struct steps *steps, struct problem *problem)
{
    return put_header(steps, NULL, NULL, problem) || put_entry(steps, NULL, problem) ? -1 : 0;
}

/* As it was at the last backup, and all of that is still there to refer to. */
static bool is_known(struct steps *steps, struct cached_file *ret)
{
    const struct walk *walk = steps->walk;
    steps->same = false;
    if (!walk->cache || !cache_find(walk->cache, steps->path, steps->path_bytes, ret))
        return false;
    struct stamp was = ret->stamp;
    if (!was.inode) /* it was read too soon to be known by its stamp, but seems not to have changed since */
        was.inode = steps->facts.stamp.inode;
    steps->same = stamp_equal(&was, &steps->facts.stamp);
    if (!steps->same || !ret->stamp.inode || walk->archived)
        return false;
    for (size_t i = 0; i < ret->n_pieces; i++) {
        uint32_t store = ret->pieces[i].place.store;
        if (store != CACHE_HOLE && !walk->stores->all[store].sound)
            return false;
    }
    return true;
}

static int put_known(struct steps *steps, const struct cached_file *file, struct problem *problem)
{
    for (size_t i = 0; i < file->n_pieces; i++) {
        const struct cached_piece *piece = &file->pieces[i];
        if (piece->place.store == CACHE_HOLE ? feed_hole(steps->walk->feed, piece->length, problem)
                                             : feed_known(steps->walk->feed, piece, problem))
            return -1;
    }
    return put_entry(steps, &file->stamp, problem);
}

/* A file that was changed just now may change again without its times showing it: the next backup reads it anew. */
static bool is_settled(const struct stamp *stamp)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return stamp->ctime_s < now.tv_sec - SETTLED_S;
}

/* was: what the last backup had of it, if it had it. */
static int put_content(
    struct steps *steps, struct source *source, const struct cached_file *was, struct problem *problem)
{
    struct walk *walk = steps->walk;
    struct facts *facts = &steps->facts;
    bool settled = is_settled(&facts->stamp);
    struct extents *extents = NULL, found;
    if (walk->archived) {
        source_extents(source, &found);
        extents = &found;
    } else {
        source->n_past = was->n_pieces;
        source->past = was->pieces;
    }
    if (put_header(steps, NULL, extents, problem))
        return -1;
    switch (source_read(source, walk->feed, walk->archived, problem)) {
    case SOURCE_WHOLE:
        break;
    case SOURCE_UNSTEADY:
        facts->entry.flags |= ENTRY_UNSTEADY;
        walk->unsteady++;
        break;
    case SOURCE_UNREAD:
        return entries_unread(steps, problem) || feed_forget(walk->feed, problem) ? -1 : 0;
    case SOURCE_FAILED:
        return -1;
    }
    facts->entry.size = source->kept_bytes;
    walk->changed += !steps->same;
    if (!settled || facts->entry.flags & ENTRY_UNSTEADY)
        facts->stamp.inode = 0; /* no file's: its chunks are known next time, but not by the file */
    return put_entry(steps, &facts->stamp, problem);
}

static const struct stand_in *stand_in_for(const struct steps *steps)
{
    const struct walk *walk = steps->walk;
    for (size_t i = 0; i < walk->n_stand_ins; i++) {
        if (!strcmp(walk->stand_ins[i].path, steps->path))
            return &walk->stand_ins[i];
    }
    return NULL;
}

/* The copy is a new file each time, so inode and times never show that it is unchanged; its chunks do. */
static int put_stand_in(struct steps *steps, const struct stand_in *stand_in, struct problem *problem)
{
    struct facts *facts = &steps->facts;
    struct cached_file was = { 0 };
    struct stat status;
    struct source source;
    (void)is_known(steps, &was);
    if (lstat(stand_in->file, &status) || source_open(stand_in->file, &status, &source))
        return problem_errno(problem, "file", steps->path, "cannot read the copy of %.150s", steps->path);
    facts->stamp = stamp_of(&source.status);
    facts->entry.size = facts->stamp.size;
    facts->stamp.inode = 0;
    int error = put_content(steps, &source, &was, problem);
    source_close(&source);
    return error;
}

int entries_put_file(struct steps *steps, const char *name, const struct stat *status, struct problem *problem)
{
    struct walk *walk = steps->walk;
    struct facts *facts = &steps->facts;
    struct cached_file known = { 0 };
    struct source source;
    const struct stand_in *stand_in = stand_in_for(steps);
    if (stand_in)
        return put_stand_in(steps, stand_in, problem);
    const struct linked_file *linked =
        status->st_nlink > 1 ? links_find(&steps->links, status->st_dev, status->st_ino) : NULL;
    if (linked) {
        facts->entry.type = ENTRY_HARD_LINK;
        facts->entry.number = linked->number;
        facts->entry.size = 0;
        return put_header(steps, linked->path, NULL, problem) || put_entry(steps, NULL, problem) ? -1 : 0;
    }
    uint64_t number = walk->entries;
    int error = 0;
    if (is_known(steps, &known)) {
        error = put_known(steps, &known, problem);
    } else if (source_open(name, status, &source)) {
        return errno == ESTALE ? 1 : entries_gone_or_unread(steps, problem);
    } else {
        facts->stamp = stamp_of(&source.status);
        facts->entry.size = facts->stamp.size;
        error = put_content(steps, &source, &known, problem);
        source_close(&source);
    }
    if (!error && status->st_nlink > 1 && walk->entries > number &&
        links_add(&steps->links, status->st_dev, status->st_ino, number, walk->archived ? steps->path : NULL))
        error = problem_set(problem, "no-memory", "", "no memory for the links of files");
    return error;
}

int entries_end_archive(struct steps *steps, struct problem *problem)
{
    buf_clear(&steps->header);
    char *place = buf_reserve(&steps->header, TAR_END_BYTES);
    if (!place)
        return problem_set(problem, "no-memory", "", "no memory for an archive");
    memset(place, 0, TAR_END_BYTES);
    steps->header.length = TAR_END_BYTES;
    return put_raw(steps, problem);
}
