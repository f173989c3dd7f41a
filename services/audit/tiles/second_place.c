#include "services/audit/tiles/second_place.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/files.h"
#include "lib/tlog/directory.h"
#include "lib/tlog/proof.h"

#define PATH_BYTES 320 /* the setting's 255 and a class */

int second_place_read(const char *directory, const char *class, const struct tlog_vkey *key,
    struct tlog_checkpoint *ret, struct problem *problem)
{
    char path[PATH_BYTES];
    char *text;
    size_t bytes;
    struct problem found;
    snprintf(path, sizeof(path), "%s/%s", directory, class);
    int status = file_read_if_any(path, TLOG_NOTE_BYTES, &text, &bytes, problem);
    if (status)
        return status;
    int error = tlog_checkpoint_open(text, bytes, key, ret, NULL, &found);
    free(text);
    return error ? problem_set(problem, found.code, path, "%.60s: %.180s", path, found.reason) : 0;
}

int second_place_write(
    const char *directory, const char *class, const struct signed_checkpoint *checkpoint, struct problem *problem)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", directory, class);
    return file_write(path, checkpoint->text, checkpoint->bytes, 0600, problem);
}

static int root_at(
    const char *directory, uint64_t tree_size, uint64_t size, uint8_t ret[TLOG_HASH_BYTES], struct problem *problem)
{
    struct tlog_directory reader;
    if (tlog_directory_open(directory, &reader, problem))
        return -1;
    struct tlog_source source = tlog_directory_source(&reader, tree_size);
    int error = tlog_root_at(&source, size, ret, problem);
    tlog_directory_close(&reader);
    return error;
}

int second_place_check(struct tiles *tiles, const struct tlog_checkpoint *kept, struct problem *problem)
{
    uint8_t root[TLOG_HASH_BYTES];
    tiles->known = *kept;
    if (kept->size > tiles_size(tiles) && kept->size != tiles->posted.size)
        return 0;
    if (kept->size == tiles->posted.size)
        memcpy(root, tiles->posted.root, sizeof(root));
    else if (root_at(tiles->files.directory, tiles_size(tiles), kept->size, root, problem))
        return -1;
    if (memcmp(root, kept->root, sizeof(root)))
        return problem_set(problem, "log-replaced", tiles->files.directory,
            "%s: its first %llu entries are not those that audit signed before: the log was replaced. Put the true one "
            "back, or see `vedette audit recover`",
            tiles->files.directory, (unsigned long long)kept->size);
    return 0;
}
