/* Any text as a commit's: what is taken is written as the same, but for what JSON leaves open. And as an object's name, which
 * has one form. */
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/repository/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void take_name(const char *path)
{
    struct object_name name;
    char again[OBJECT_NAME_BYTES];
    if (name_parse(path, &name))
        return;
    if (name.object == OBJECT_SEGMENT)
        name_segment(again, name.agent, name.sha256);
    else if (name.object == OBJECT_INCREMENT)
        name_increment(again, name.agent, name.backup, name.number, name.sha256);
    else
        name_of_backup(again, name.agent, name.object, name.backup);
    if (strcmp(again, path))
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct commit commit, again;
    struct buf text = { 0 };
    char *path = strndup((const char *)data, size);
    if (path)
        take_name(path);
    free(path);
    if (commit_parse((const char *)data, size, &commit, NULL))
        return 0;
    if (commit_text(&commit, &text) || commit_parse(text.data, text.length, &again, NULL) ||
        again.n_segments != commit.n_segments)
        abort();
    commit_free(&commit);
    commit_free(&again);
    buf_free(&text);
    return 0;
}
