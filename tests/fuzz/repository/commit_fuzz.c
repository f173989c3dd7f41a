/* Any text as a commit's: what is taken is written as the same, but for what JSON leaves open. */
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/repository/commit.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct commit commit, again;
    struct buf text = { 0 };
    struct object_name name;
    char *path = strndup((const char *)data, size);
    if (path)
        (void)name_parse(path, &name);
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
