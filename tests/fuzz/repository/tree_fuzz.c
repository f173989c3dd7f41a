/* Any bytes as a tree: what is taken, makes sense. */
#include "tests/fuzz/fuzz.h"

#include "lib/repository/nodes.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct commit_segment segments[] = { { SEGMENT_CHUNKS, { 1 }, 100, 100 },
        { SEGMENT_TREE, { 2 }, 100, 100 } };
    struct commit commit = { .agent = 7, .n_segments = 2, .segments = segments };
    static char path[NODE_PATH_BYTES];
    struct nodes nodes;
    if (nodes_make(&nodes))
        return 0;
    if (!nodes_add(&nodes, &commit, data, size, NULL)) {
        commit.files = nodes.n;
        int error = nodes_end(&nodes, &commit, NULL);
        for (uint32_t i = 0; i < nodes.n && !error; i++)
            nodes_path(&nodes, i, path);
        for (uint32_t i = 0; i < nodes.n_pieces && !error; i++) {
            const struct node_piece *piece = &nodes.pieces[i];
            if (piece->segment || piece->length > nodes.all[piece->node].entry.size - piece->at)
                abort();
        }
    }
    nodes_free(&nodes);
    return 0;
}
