#include "services/audit/tiles/post.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/log.h"
#include "lib/log_key.h"
#include "lib/tlog/directory.h"

#define FOLDER_MODE 0750
#define PREPARE_PART 8 /* of a segment that was used: early in a flood, and never where little happens */

/* Its group is that of the folder around it, whose readers read the tiles: a chmod would give that up. */
static int make_folder(const char *directory, struct problem *problem)
{
    if (mkdir(directory, FOLDER_MODE) && errno != EEXIST)
        return problem_errno(problem, "tiles", directory, "cannot make %s", directory);
    return 0;
}

static int make_tree(const struct tlog_vkey *key, const char *directory, struct problem *problem)
{
    char text[TLOG_VKEY_BYTES + 1];
    struct tile_files files;
    tlog_vkey_format(key, text);
    strcat(text, "\n");
    if (tile_files_open(directory, &files, problem))
        return -1;
    int error = tile_files_replace(&files, "vkey", text, strlen(text), problem);
    tile_files_close(&files);
    return error;
}

/* The key of a tree that is there: of our seed, its name ours or, after a recovery, ours with something behind. */
static int take_key(const char *text, const char *directory, const uint8_t seed[ED25519_SEED_BYTES],
    struct tlog_signer *key, struct problem *problem)
{
    struct tlog_vkey found;
    struct tlog_signer signer;
    size_t length = strlen(key->vkey.name);
    if (tlog_vkey_parse(text, &found, problem) || tlog_signer_make(found.name, TLOG_ED25519, seed, &signer, problem))
        return -1;
    if (strncmp(found.name, key->vkey.name, length) || (found.name[length] && found.name[length] != '/') ||
        found.id != signer.vkey.id)
        return problem_set(problem, "log-replaced", directory,
            "%s/vkey is of %.80s, and not by the key and deployment of audit/log.key and vedette.conf", directory,
            found.name);
    *key = signer;
    return 0;
}

static int find_key(struct tlog_signer *key, const char *directory, const char *deployment, int class,
    const uint8_t seed[ED25519_SEED_BYTES], struct problem *problem)
{
    struct tlog_directory reader;
    char *text;
    size_t bytes;
    if (log_key_signer(seed, deployment, (enum class) class, 1, key, problem) ||
        tlog_directory_open(directory, &reader, problem))
        return -1;
    int error = tlog_directory_text(&reader, "vkey", TLOG_VKEY_BYTES, &text, &bytes, problem);
    tlog_directory_close(&reader);
    if (error)
        return strcmp(problem->code, "absent") ? -1 : make_tree(&key->vkey, directory, problem);
    error = take_key(text, directory, seed, key, problem);
    free(text);
    return error;
}

static int open_class(struct post *post, int class, struct problem *problem)
{
    struct tlog_checkpoint kept;
    struct tiles *tiles = &post->tiles[class];
    if (tiles_open(tiles, post->directories[class], &post->keys[class].vkey, problem))
        return -1;
    int found = second_place_read(post->second_place, class_words[class], &post->keys[class].vkey, &kept, problem);
    return found < 0 || (!found && second_place_check(tiles, &kept, problem)) ? -1 : 0;
}

int post_open(struct post *post, const char *log, const char *second_place, const char *deployment,
    const uint8_t seed[ED25519_SEED_BYTES], struct problem *problem)
{
    int error = 0;
    post->second_place = second_place;
    for (int class = 0; class < CLASS_COUNT && !error; class ++) {
        char *directory = post->directories[class];
        snprintf(directory, POST_PATH_BYTES, "%s/%s", log, class_words[class]);
        error = make_folder(directory, problem) ||
                find_key(&post->keys[class], directory, deployment, class, seed, problem) ||
                open_class(post, class, problem);
    }
    if (error)
        post_close(post);
    return error ? -1 : 0;
}

void post_close(struct post *post)
{
    for (int class = 0; class < CLASS_COUNT; class ++)
        tiles_close(&post->tiles[class]);
    walk_close(&post->walk);
}

int post_again(struct post *post, struct problem *problem)
{
    post_close(post);
    walk_from(&post->walk, &post->posted);
    for (int class = 0; class < CLASS_COUNT; class ++) {
        if (tiles_open(&post->tiles[class], post->directories[class], &post->keys[class].vkey, problem))
            return -1;
    }
    return 0;
}

void post_prepare(struct post *post)
{
    if (post->posted.offset > post->segment_bytes / PREPARE_PART)
        segment_prepare(post->walk.directory, post->segment_bytes, NULL);
}

/* What a tree has already it has from the same journal. */
static int take_frame(void *arg, const struct frame *frame, struct problem *problem)
{
    struct post *post = arg;
    struct wire_reader entries = frame_entries(frame);
    struct frame_entry entry;
    uint64_t next[CLASS_COUNT];
    memcpy(next, frame->first, sizeof(next));
    while (!frame_next_entry(&entries, &entry)) {
        struct tiles *tiles = &post->tiles[entry.class];
        uint64_t sequence = next[entry.class]++;
        if (sequence > tiles_size(tiles))
            return problem_set(problem, "log-damaged", post->directories[entry.class],
                "%s has %llu entries and the journal goes on with number %llu", post->directories[entry.class],
                (unsigned long long)tiles_size(tiles), (unsigned long long)sequence);
        if (sequence == tiles_size(tiles) && tiles_append(tiles, entry.text, entry.bytes, problem))
            return -1;
    }
    return 0;
}

int post_take(struct post *post, const struct journal_position *end, struct problem *problem)
{
    return walk_to(&post->walk, end, take_frame, post, problem);
}

/* That it fails is told, and no reason to stop: the log itself is whole. */
static void keep(struct post *post, int class, const struct signed_checkpoint *checkpoint)
{
    struct problem problem;
    bool fails = second_place_write(post->second_place, class_words[class], checkpoint, &problem);
    if (fails && !post->second_place_fails)
        log_problem(LOG_LEVEL_ERROR, "second-place.failed", &problem);
    post->second_place_fails = fails;
}

int post_checkpoints(
    struct post *post, const struct signed_checkpoint checkpoints[CLASS_COUNT], struct problem *problem)
{
    for (int class = 0; class < CLASS_COUNT; class ++) {
        struct tiles *tiles = &post->tiles[class];
        if (tiles_is_posted(tiles, &checkpoints[class]) && !post->second_place_fails)
            continue;
        if (tiles_post(tiles, &checkpoints[class], problem))
            return -1;
        keep(post, class, &checkpoints[class]);
    }
    post->posted = post->walk.at;
    return 0;
}
