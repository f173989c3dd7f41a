#include "cli/succession.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/keep.h"
#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/log_key.h"
#include "lib/tlog/directory.h"
#include "lib/tlog/edge.h"
#include "lib/tlog/proof.h"

#define PATH_BYTES 400
#define FOLDERS_OPEN 16
#define GENERATIONS_MAX 1000

static void path_of(char ret[PATH_BYTES], const struct succession *succession, const char *behind)
{
    snprintf(ret, PATH_BYTES, "log/%s%s", class_words[succession->class], behind);
}

static unsigned find_generation(const struct succession *succession)
{
    for (unsigned generation = 1; generation < GENERATIONS_MAX; generation++) {
        char path[PATH_BYTES], behind[16];
        snprintf(behind, sizeof(behind), ".%u", generation);
        path_of(path, succession, behind);
        if (!keep_has(path))
            return generation;
    }
    return GENERATIONS_MAX;
}

static int read_key(const struct tlog_directory *directory, struct tlog_vkey *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (tlog_directory_text(directory, "vkey", TLOG_VKEY_BYTES, &text, &bytes, problem))
        return -1;
    int error = tlog_vkey_parse(text, ret, problem);
    free(text);
    return error;
}

static int read_tree(struct succession *succession, struct tlog_directory *directory, struct problem *problem)
{
    struct tlog_edge *edge = calloc(1, sizeof(*edge));
    uint8_t root[TLOG_HASH_BYTES];
    char *text = NULL;
    size_t bytes;
    struct tlog_source source;
    int error = !edge || tlog_directory_text(directory, "checkpoint", TLOG_NOTE_BYTES, &text, &bytes, problem) ||
                tlog_checkpoint_open(text, bytes, &succession->old_key, &succession->tree, NULL, problem);
    if (!error) {
        source = tlog_directory_source(directory, succession->tree.size);
        error = tlog_edge_load(edge, &source, problem);
    }
    if (!error) {
        tlog_root(&edge->tree, root);
        if (memcmp(root, succession->tree.root, sizeof(root)))
            error = problem_set(problem, "log-damaged", class_words[succession->class],
                "log/%s is damaged, not only old: put a copy of it back first", class_words[succession->class]);
    }
    free(text);
    free(edge);
    return error ? -1 : 0;
}

/* Is the tree one that this checkpoint, by its own key, can be of? */
static int compare(struct succession *succession, struct tlog_directory *directory, struct problem *problem)
{
    char path[PATH_BYTES];
    char *text;
    size_t bytes;
    uint8_t root[TLOG_HASH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", succession->second_place, class_words[succession->class]);
    if (!keep_has(path))
        return 0;
    if (file_read(path, TLOG_NOTE_BYTES, &text, &bytes, problem))
        return -1;
    int error = tlog_checkpoint_open(text, bytes, &succession->old_key, &succession->known, NULL, problem);
    free(text);
    if (error && succession->generation > 1 && !strcmp(problem->code, "not-signed")) {
        succession->unfinished = true;
        return 0;
    }
    if (error)
        return -1;
    succession->due = succession->known.size > succession->tree.size;
    if (succession->due)
        return 0;
    struct tlog_source source = tlog_directory_source(directory, succession->tree.size);
    if (tlog_root_at(&source, succession->known.size, root, problem))
        return -1;
    succession->due = memcmp(root, succession->known.root, sizeof(root));
    return 0;
}

int succession_look(struct succession *succession, struct problem *problem)
{
    char path[PATH_BYTES];
    struct tlog_directory directory;
    struct tlog_signer ours;
    path_of(path, succession, "");
    succession->generation = find_generation(succession);
    if (tlog_directory_open(path, &directory, problem))
        return -1;
    int error = read_key(&directory, &succession->old_key, problem) || read_tree(succession, &directory, problem) ||
                successions_read(path, &succession->before, problem);
    if (!error) {
        succession->known = succession->tree;
        error = compare(succession, &directory, problem);
    }
    tlog_directory_close(&directory);
    if (error || log_key_signer(succession->seed, succession->deployment, succession->class, 1, &ours, problem))
        return -1;
    succession->due |= memcmp(ours.vkey.public_key, succession->old_key.public_key, sizeof(ours.vkey.public_key)) != 0;
    crypto_forget(&ours, sizeof(ours));
    return 0;
}

/* nftw has no argument of its own: where the copy of the tree goes, and behind what in each path. */
static struct {
    const char *to;
    size_t from_length;
} linking;

/* A tile never changes: the new tree and the old one may have the same file. */
static int link_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    char to[PATH_BYTES];
    const struct owner owner = { status->st_uid, status->st_gid };
    struct problem problem;
    (void)where;
    snprintf(to, sizeof(to), "%s%s", linking.to, path + linking.from_length);
    if (kind == FTW_D)
        return keep_directory(to, status->st_mode & 07777, &owner, &problem);
    return kind == FTW_F ? link(path, to) : -1;
}

static int link_tiles(const char *from, const char *to, struct problem *problem)
{
    char tiles[PATH_BYTES + 8];
    snprintf(tiles, sizeof(tiles), "%s/tile", from);
    if (!keep_has(tiles))
        return 0; /* an empty tree */
    linking.to = to;
    linking.from_length = strlen(from);
    if (nftw(tiles, link_one, FOLDERS_OPEN, FTW_PHYS))
        return problem_errno(problem, "file", to, "cannot make a second name of each file in %s", tiles);
    return 0;
}

static int write_beside(
    const char *folder, const char *name, const struct buf *text, const struct owner *owner, struct problem *problem)
{
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    return keep_write(path, text->data, 0640, owner, problem);
}

static void add_log(struct buf *out, const char *name, const struct tlog_checkpoint *checkpoint)
{
    char root[BASE64_BYTES(TLOG_HASH_BYTES)];
    crypto_base64(checkpoint->root, sizeof(checkpoint->root), root);
    buf_format(out, ",\"%s\":{\"origin\":\"%s\",\"size\":%llu,\"root\":\"%s\"}", name, checkpoint->origin,
        (unsigned long long)checkpoint->size, root);
}

static int compose_document(struct buf *out, const struct succession *succession, const struct tlog_checkpoint *new)
{
    char time[RFC3339_BYTES];
    clock_rfc3339(time, clock_wall_ms());
    buf_format(out,
        "{\"kind\":\"log-succession\",\"class\":\"%s\",\"time\":\"%s\",\"reason\":", class_words[succession->class],
        time);
    buf_json_string(out, succession->reason, strlen(succession->reason));
    add_log(out, "predecessor", &succession->known);
    add_log(out, "kept", &succession->tree);
    add_log(out, "successor", new);
    buf_text(out, "}\n");
    return out->failed ? -1 : 0;
}

/* vkey, checkpoint and succession.json of the new tree; where earlier ones began. Where this one does audit finds at its
 * start, when it has read what the journal still has of the old one. */
static int write_texts(
    const struct succession *succession, const char *folder, const struct owner *owner, struct problem *problem)
{
    struct buf vkey = { 0 }, checkpoint = { 0 }, document = { 0 }, begins = { 0 };
    struct tlog_checkpoint new = succession->tree;
    struct tlog_signer signer;
    char vkey_text[TLOG_VKEY_BYTES];
    if (log_key_signer(
            succession->seed, succession->deployment, succession->class, succession->generation + 1, &signer, problem))
        return -1;
    memcpy(new.origin, signer.vkey.name, sizeof(new.origin));
    tlog_vkey_format(&signer.vkey, vkey_text);
    int error = buf_format(&vkey, "%s\n", vkey_text) || tlog_checkpoint_sign(&checkpoint, &new, &signer) ||
                compose_document(&document, succession, &new) || successions_format(&succession->before, &begins);
    if (error)
        problem_set(problem, "no-memory", "", "no memory");
    else
        error = write_beside(folder, "vkey", &vkey, owner, problem) ||
                write_beside(folder, "checkpoint", &checkpoint, owner, problem) ||
                write_beside(folder, "succession.json", &document, owner, problem) ||
                (begins.length && write_beside(folder, SUCCESSIONS_FILE, &begins, owner, problem));
    crypto_forget(&signer, sizeof(signer));
    buf_free(&vkey);
    buf_free(&checkpoint);
    buf_free(&document);
    buf_free(&begins);
    return error ? -1 : 0;
}

int succession_finish(const struct succession *succession, struct problem *problem)
{
    char now[PATH_BYTES], path[PATH_BYTES], aside[PATH_BYTES + 16];
    struct stat status;
    snprintf(now, sizeof(now), "log/%s/checkpoint", class_words[succession->class]);
    snprintf(path, sizeof(path), "%s/%s", succession->second_place, class_words[succession->class]);
    snprintf(aside, sizeof(aside), "%s.%u", path, succession->generation - (succession->unfinished ? 1 : 0));
    if (stat(now, &status))
        return problem_errno(problem, "file", now, "cannot find %s", now);
    const struct owner owner = { status.st_uid, status.st_gid };
    if (rename(path, aside) && errno != ENOENT)
        return problem_errno(problem, "file", path, "cannot keep %s as %s", path, aside);
    char *checkpoint = keep_read(now, problem);
    int error = checkpoint ? keep_write(path, checkpoint, 0600, &owner, problem) : -1;
    free(checkpoint);
    return error;
}

/* Of a kill between the last two steps the old tree is left by this name. */
static int refuse_leftover(
    const struct succession *succession, const char *new, const char *aside, struct problem *problem)
{
    return problem_set(problem, "file", new,
        "%s is left of an earlier attempt. If its vkey is older than that of log/%s, it is the old tree: rename it to "
        "%s; "
        "if not, remove it",
        new, class_words[succession->class], aside);
}

int succession_make(const struct succession *succession, struct problem *problem)
{
    char now[PATH_BYTES], new[PATH_BYTES], aside[PATH_BYTES], behind[16];
    struct stat status;
    snprintf(behind, sizeof(behind), ".%u", succession->generation);
    path_of(now, succession, "");
    path_of(new, succession, ".new");
    path_of(aside, succession, behind);
    if (keep_has(new))
        return refuse_leftover(succession, new, aside, problem);
    if (stat(now, &status))
        return problem_errno(problem, "file", now, "cannot find %s", now);
    const struct owner owner = { status.st_uid, status.st_gid };
    if (keep_directory(new, status.st_mode & 07777, &owner, problem) || link_tiles(now, new, problem) ||
        write_texts(succession, new, &owner, problem))
        return -1;
    sync();
    /* At no instant is there no log. */
    if (renameat2(AT_FDCWD, now, AT_FDCWD, new, RENAME_EXCHANGE) || rename(new, aside))
        return problem_errno(problem, "file", now, "cannot put %s into its place", new);
    return succession_finish(succession, problem);
}
