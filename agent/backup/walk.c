#include "agent/backup/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "agent/backup/facts.h"
#include "agent/backup/links.h"
#include "agent/backup/names.h"
#include "agent/backup/source.h"
#include "agent/backup/tar.h"
#include "lib/problem.h"

#define PATH_BYTES_MAX 65536 /* of what stands deeper, nothing is kept */
#define SETTLED_S 2          /* the coarsest clock of a file system, FAT's */

/* One walk under way. */
struct steps {
    struct walk *walk;
    struct links links;
    struct facts facts;
    struct buf header; /* of an archive */
    dev_t device;      /* of the folder above */
    unsigned depth;
    bool same; /* the current file is as it was at the last backup */
    size_t path_bytes;
    char path[PATH_BYTES_MAX];
};

static void unread(struct steps *steps)
{
    const char *path = steps->path;
    walk_name_unread(steps->walk, &path, 1);
}

/* What went while the walk was on is not missing. */
static void gone_or_unread(struct steps *steps)
{
    if (errno != ENOENT && errno != ESTALE)
        unread(steps);
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

/* What was changed just now may change again and bear the same time: the next backup reads it anew. */
static bool is_settled(const struct stamp *stamp)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return stamp->ctime_s < now.tv_sec - SETTLED_S;
}

static int put_content(struct steps *steps, struct source *source, struct problem *problem)
{
    struct walk *walk = steps->walk;
    struct facts *facts = &steps->facts;
    bool settled = is_settled(&facts->stamp);
    struct extents *extents = NULL, found;
    if (walk->archived) {
        source_extents(source, &found);
        extents = &found;
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
        unread(steps);
        return feed_forget(walk->feed, problem);
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

/* It is a fresh file each time, so by its own marks it is never known again; by its chunks it is. */
static int put_stand_in(struct steps *steps, const struct stand_in *stand_in, struct problem *problem)
{
    struct facts *facts = &steps->facts;
    struct stat status;
    struct source source;
    if (lstat(stand_in->file, &status) || source_open(stand_in->file, &status, &source))
        return problem_errno(problem, "file", steps->path, "cannot read the copy of %.150s", steps->path);
    facts->stamp = stamp_of(&source.status);
    facts->entry.size = facts->stamp.size;
    facts->stamp.inode = 0;
    int error = put_content(steps, &source, problem);
    source_close(&source);
    return error;
}

static int put_file(struct steps *steps, const char *name, const struct stat *status, struct problem *problem)
{
    struct walk *walk = steps->walk;
    struct facts *facts = &steps->facts;
    struct cached_file known;
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
        gone_or_unread(steps);
        return 0;
    } else {
        facts->stamp = stamp_of(&source.status);
        facts->entry.size = facts->stamp.size;
        error = put_content(steps, &source, problem);
        source_close(&source);
    }
    if (status->st_nlink > 1 && walk->entries > number)
        links_add(&steps->links, status->st_dev, status->st_ino, number, walk->archived ? steps->path : NULL);
    return error;
}

/* Mounted there is what the kernel makes up. */
static bool is_made_up(void)
{
    static const long magics[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC, CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC,
        DEVPTS_SUPER_MAGIC, DEBUGFS_MAGIC, TRACEFS_MAGIC, SECURITYFS_MAGIC, BPF_FS_MAGIC, PSTOREFS_MAGIC,
        EFIVARFS_MAGIC, AUTOFS_SUPER_MAGIC };
    struct statfs status;
    if (statfs(".", &status))
        return false;
    for (size_t i = 0; i < sizeof(magics) / sizeof(magics[0]); i++) {
        if (status.f_type == magics[i])
            return true;
    }
    return false;
}

static bool is_excluded(const struct steps *steps)
{
    const struct walk *walk = steps->walk;
    for (size_t i = 0; i < walk->n_excluded; i++) {
        if (!strcmp(walk->excluded[i], steps->path))
            return true;
    }
    return false;
}

/* Inside of a path that was asked for; else it only leads to one. */
static bool is_wanted(const struct steps *steps)
{
    for (size_t i = 0; i < steps->walk->n_paths; i++) {
        if (path_is_within(steps->path, steps->walk->paths[i]))
            return true;
    }
    return false;
}

static int visit(struct steps *, const char *name, struct problem *);

/* Everything in the current folder. */
static int visit_all(struct steps *steps, bool made_up, struct problem *problem)
{
    const struct walk *walk = steps->walk;
    struct names names;
    if (made_up)
        return 0;
    if (is_wanted(steps) ? names_list(&names) : names_towards(steps->path, walk->paths, walk->n_paths, &names)) {
        unread(steps);
        return 0;
    }
    int error = 0;
    for (size_t i = 0; i < names.n && !error; i++)
        error = visit(steps, names.all[i], problem);
    names_free(&names);
    return error;
}

/* Into the folder and back; both are held open, so that renaming on the way leads nowhere else. */
static int enter(struct steps *steps, int folder, struct problem *problem)
{
    struct stat status;
    dev_t device = steps->device;
    int above = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
    if (above < 0 || fchdir(folder) || fstat(folder, &status)) {
        if (above >= 0)
            close(above);
        unread(steps);
        return 0;
    }
    steps->device = status.st_dev;
    steps->depth++;
    int error = visit_all(steps, status.st_dev != device && is_made_up(), problem);
    steps->depth--;
    steps->device = device;
    if (fchdir(above) && !error)
        error = problem_errno(problem, "file", steps->path, "cannot get back out of %.200s", steps->path);
    close(above);
    return error;
}

static int put_folder(struct steps *steps, const char *name, struct problem *problem)
{
    int folder = open(name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
    if (folder < 0 || steps->depth == TREE_DEPTH_MAX) {
        if (folder >= 0) {
            close(folder);
            errno = ELOOP;
        }
        gone_or_unread(steps);
        return 0;
    }
    int error = put_header(steps, NULL, NULL, problem) || put_entry(steps, NULL, problem) ||
                enter(steps, folder, problem) || feed_up(steps->walk->feed, problem);
    close(folder);
    return error ? -1 : 0;
}

static int put(struct steps *steps, const char *name, struct problem *problem)
{
    struct stat status;
    if (steps->walk->stopped())
        return problem_set(problem, "stopped", "", "the backup was stopped");
    if (is_excluded(steps))
        return 0;
    if (fstatat(AT_FDCWD, name, &status, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) ||
        facts_read(name, &status, &steps->facts)) {
        gone_or_unread(steps);
        return 0;
    }
    switch (steps->facts.entry.type) {
    case ENTRY_FOLDER:
        return put_folder(steps, name, problem);
    case ENTRY_FILE:
        return put_file(steps, name, &status, problem);
    default:
        return put_header(steps, NULL, NULL, problem) || put_entry(steps, NULL, problem) ? -1 : 0;
    }
}

/* With its name at the end of the path. */
static int visit(struct steps *steps, const char *name, struct problem *problem)
{
    size_t before = steps->path_bytes, bytes = strlen(name);
    if (bytes > TREE_NAME_MAX || bytes + 2 > PATH_BYTES_MAX - before) {
        unread(steps);
        return 0;
    }
    steps->path[before] = '/';
    memcpy(steps->path + before + 1, name, bytes + 1);
    steps->path_bytes += 1 + bytes;
    int error = put(steps, name, problem);
    steps->path_bytes = before;
    steps->path[before] = '\0';
    return error;
}

/* Two blocks of zeros. */
static int end_archive(struct steps *steps, struct problem *problem)
{
    buf_clear(&steps->header);
    char *place = buf_reserve(&steps->header, TAR_END_BYTES);
    if (!place)
        return problem_set(problem, "no-memory", "", "no memory for an archive");
    memset(place, 0, TAR_END_BYTES);
    steps->header.length = TAR_END_BYTES;
    return put_raw(steps, problem);
}

int walk_all(struct walk *walk, struct problem *problem)
{
    struct steps *steps = calloc(1, sizeof(*steps));
    int root = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = 0;
    if (!steps || root < 0)
        error = problem_set(problem, "no-memory", "", "cannot begin at the root");
    if (!error) {
        steps->walk = walk;
        error = enter(steps, root, problem) || (walk->archived && end_archive(steps, problem));
        links_free(&steps->links);
        facts_free(&steps->facts);
        buf_free(&steps->header);
    }
    if (root >= 0)
        close(root);
    free(steps);
    return error ? -1 : 0;
}

void walk_name_unread(struct walk *walk, const char *const *paths, size_t n)
{
    walk->unread += n;
    for (size_t i = 0; i < n && walk->n_named < UNREAD_NAMED_MAX; i++) {
        if ((walk->named[walk->n_named] = strdup(paths[i])))
            walk->n_named++;
    }
}

void walk_free(struct walk *walk)
{
    for (size_t i = 0; i < walk->n_named; i++)
        free(walk->named[i]);
}
