#include "offsite/copy/backup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"
#include "offsite/copy/content.h"
#include "offsite/copy/copier.h"
#include "offsite/copy/memory.h"
#include "offsite/copy/walk.h"

struct writing {
    struct archive *archive;
    struct held_set *held;
    int64_t since_s; /* files that are older are left out */
    uint8_t *chunk;  /* ARCHIVE_CHUNK_BYTES */
    size_t room;     /* of the pieces of the file that is being written */
};

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory to back up with");
}

static int add_piece(struct writing *writing, struct held *held, size_t bytes, struct problem *problem)
{
    if (held->n_pieces == writing->room) {
        size_t room = writing->room ? 2 * writing->room : 1;
        struct held_piece *pieces = reallocarray(held->pieces, room, sizeof(*pieces));
        if (!pieces)
            return no_memory(problem);
        held->pieces = pieces;
        writing->room = room;
    }
    return archive_content(writing->archive, writing->chunk, bytes, &held->pieces[held->n_pieces++], problem);
}

/* Its blocks into chunks, and its blocks' hashes; what is copied once a day needs no hashes. */
static int write_content(struct writing *writing, struct content *content, struct problem *problem)
{
    struct held *held = content->held;
    size_t filled = 0, bytes;
    bool changed;
    for (size_t block = 0; block < content->n_blocks; block++) {
        if (content_block(content, block, writing->chunk + filled, &bytes, problem))
            return -1;
        if (held->manner != MANNER_ONCE && held_block(held, block, writing->chunk + filled, bytes, &changed))
            return no_memory(problem);
        filled += bytes;
        if (filled + CONTENT_BLOCK_BYTES <= ARCHIVE_CHUNK_BYTES && block + 1 < content->n_blocks)
            continue;
        if (add_piece(writing, held, filled, problem))
            return -1;
        filled = 0;
    }
    return 0;
}

static void drop_pieces(struct held *held)
{
    free(held->pieces);
    held->pieces = NULL;
    held->n_pieces = 0;
    memset(&held->stored, 0, sizeof(held->stored));
}

static int write_anew(
    struct writing *writing, struct held *held, const char *name, const struct stat *status, struct problem *problem)
{
    struct content content;
    held_forget(held);
    drop_pieces(held);
    writing->room = 0;
    int error = content_open(held, status, &content, problem);
    if (error)
        return error < 0 ? -1 : 0;
    error = write_content(writing, &content, problem) ||
            archive_file(writing->archive, name, &content.status, content.size, held->pieces, held->n_pieces, problem);
    writing->archive->commit.changed_files++;
    content_close(&content, !error);
    if (!error)
        held->stored = held->stamp;
    return error ? -1 : 0;
}

/* Known by its status alone, as between backups; of a database and the journal another file tells. */
static bool is_stored(const struct held *held, const struct stat *status)
{
    return (held->manner == MANNER_FILE || held->manner == MANNER_ONCE) && held->begun && held->n_pieces &&
           held->stored.inode && held_is_same(&held->stored, status);
}

static int write_file(void *arg, const char *path, const char *name, const struct stat *status, enum manner manner,
    struct problem *problem)
{
    struct writing *writing = arg;
    if (status->st_mtim.tv_sec < writing->since_s)
        return 0;
    struct held *held = held_of(writing->held, path, manner);
    if (!held)
        return no_memory(problem);
    held->seen = true;
    if (!is_stored(held, status))
        return write_anew(writing, held, name, status, problem);
    return archive_file(
        writing->archive, name, status, (uint64_t)held->stored.size, held->pieces, held->n_pieces, problem);
}

static int write_folder(
    void *arg, const char *path, const char *name, const struct stat *status, struct problem *problem)
{
    (void)path;
    struct writing *writing = arg;
    return archive_folder(writing->archive, name, status, problem);
}

static int leave_folder(void *arg, struct problem *problem)
{
    struct writing *writing = arg;
    return archive_up(writing->archive, problem);
}

static int tell_nobody(void *arg, const struct held *held)
{
    (void)arg, (void)held;
    return 0;
}

/* Segments have their hashes now: by these the next backup refers to them. */
static void name_pieces(struct copier *copier)
{
    for (size_t i = 0; i < copier->held.n; i++) {
        struct held *held = &copier->held.all[i];
        for (size_t j = 0; j < held->n_pieces; j++) {
            const struct commit_segment *line = &copier->archive.commit.segments[held->pieces[j].line];
            memcpy(held->pieces[j].sha256, line->sha256, SHA256_BYTES);
            held->pieces[j].segment_bytes = line->bytes;
        }
    }
}

static void go_on_from(struct copier *copier, const uint8_t commit[SHA256_BYTES])
{
    copier->last = (struct increment){ .agent = copier->archive.commit.agent };
    memcpy(copier->last.backup, copier->archive.commit.backup, BACKUP_BYTES);
    memcpy(copier->last.previous, commit, SHA256_BYTES);
}

void backup_forget(struct copier *copier)
{
    for (size_t i = 0; i < copier->held.n; i++)
        drop_pieces(&copier->held.all[i]);
}

/* All of the set, up to the commit. */
static int write_set(
    struct writing *writing, enum server_set set, uint8_t ret_commit[SHA256_BYTES], struct problem *problem)
{
    const struct visitor visitor = { write_folder, leave_folder, write_file, writing };
    for (size_t i = 0; i < writing->held->n; i++)
        writing->held->all[i].seen = false;
    return walk_set(set, true, &visitor, problem) || held_sweep(writing->held, tell_nobody, NULL) ||
                   archive_end(writing->archive, ret_commit, problem)
               ? -1
               : 0;
}

int backup_all(struct copier *copier, struct problem *problem)
{
    struct writing writing = {
        .archive = &copier->archive, .held = &copier->held, .chunk = malloc(ARCHIVE_CHUNK_BYTES)
    };
    uint8_t commit[SHA256_BYTES];
    if (!writing.chunk)
        return no_memory(problem);
    if (archive_begin(
            &copier->archive, BACKUP_CLASS_SERVER, &copier->keys, &copier->spool, copier->deployment, problem)) {
        free(writing.chunk);
        return -1;
    }
    int error = write_set(&writing, copier->spool.set, commit, problem);
    if (error) {
        backup_forget(copier); /* some name segments that were never sealed */
    } else {
        name_pieces(copier);
        go_on_from(copier, commit);
        (void)memory_write(copier->spool.set, &copier->held, copier->whom, NULL);
    }
    archive_free(&copier->archive);
    free(writing.chunk);
    return error;
}

#define SINCE_FILE SERVER_COPIES "/access/since"

/* When the last backup of access logs was begun. Lost: the next one has all, and some of it is kept for longer. */
static int64_t read_since(void)
{
    char *text;
    size_t bytes;
    if (file_read(SINCE_FILE, 32, &text, &bytes, NULL))
        return 0;
    int64_t since_s = strtoll(text, NULL, 10);
    free(text);
    return since_s;
}

static int write_since(int64_t since_s, struct problem *problem)
{
    char text[32];
    int bytes = snprintf(text, sizeof(text), "%" PRId64 "\n", since_s);
    return file_write(SINCE_FILE, text, (size_t)bytes, 0600, problem);
}

void backup_forget_access(void)
{
    unlink(SINCE_FILE);
}

int backup_access(struct copier *copier, struct problem *problem)
{
    struct archive archive;
    struct held_set held = { 0 };
    struct writing writing = { .archive = &archive, .held = &held, .since_s = read_since() };
    const int64_t now_s = clock_wall_ms() / 1000;
    uint8_t commit[SHA256_BYTES];
    writing.chunk = malloc(ARCHIVE_CHUNK_BYTES);
    if (!writing.chunk)
        return no_memory(problem);
    int error =
        archive_begin(&archive, BACKUP_CLASS_ACCESS, &copier->keys, &copier->access, copier->deployment, problem);
    if (!error) {
        error = write_set(&writing, SERVER_ACCESS, commit, problem) || write_since(now_s, problem) ? -1 : 0;
        archive_free(&archive);
    }
    held_free(&held);
    free(writing.chunk);
    return error;
}
