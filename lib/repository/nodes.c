#include "lib/repository/nodes.h"

#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

#define BLOCK_BYTES (1u << 20)

struct nodes_block {
    struct nodes_block *next;
    size_t used, room;
    char text[];
};

int nodes_make(struct nodes *nodes)
{
    *nodes = (struct nodes){ .folder = NODE_NONE, .last = calloc(TREE_DEPTH_MAX + 1, sizeof(*nodes->last)) };
    if (!nodes->last)
        return -1;
    nodes->last[0] = NODE_NONE;
    return 0;
}

void nodes_free(struct nodes *nodes)
{
    while (nodes->blocks) {
        struct nodes_block *next = nodes->blocks->next;
        free(nodes->blocks);
        nodes->blocks = next;
    }
    free(nodes->all);
    free(nodes->pieces);
    free(nodes->last);
    *nodes = (struct nodes){ 0 };
}

static int bad(struct problem *problem, const char *why)
{
    return problem_set(problem, "bad-tree", "", "the tree makes no sense: %s", why);
}

static int no_memory(struct problem *problem)
{
    return problem_set(problem, "no-memory", "", "no memory for the tree");
}

/* A copy with a NUL behind; NULL: no memory. */
static const void *keep(struct nodes *nodes, const void *text, size_t bytes)
{
    struct nodes_block *block = nodes->blocks;
    if (!block || block->room - block->used <= bytes) {
        size_t room = bytes < BLOCK_BYTES ? BLOCK_BYTES : bytes + 1;
        block = malloc(sizeof(*block) + room);
        if (!block)
            return NULL;
        *block = (struct nodes_block){ .next = nodes->blocks, .room = room };
        nodes->blocks = block;
    }
    char *at = block->text + block->used;
    if (bytes)
        memcpy(at, text, bytes);
    at[bytes] = '\0';
    block->used += bytes + 1;
    return at;
}

static int grow(void **all, uint32_t n, uint32_t *room, size_t size, uint32_t most)
{
    if (n < *room)
        return 0;
    uint32_t wanted = *room ? 2 * *room : 1024;
    void *grown = wanted <= most ? realloc(*all, wanted * size) : NULL;
    if (!grown)
        return -1;
    *all = grown;
    *room = wanted;
    return 0;
}

/* The last file has all that it should. */
static bool is_filled(const struct nodes *nodes)
{
    return !nodes->n || nodes->all[nodes->n - 1].entry.type != ENTRY_FILE ||
           nodes->at == nodes->all[nodes->n - 1].entry.size;
}

static bool rises(const struct nodes *nodes, const struct entry *entry)
{
    if (nodes->last[nodes->depth] == NODE_NONE)
        return true;
    const struct entry *before = &nodes->all[nodes->last[nodes->depth]].entry;
    size_t least = before->name_bytes < entry->name_bytes ? before->name_bytes : entry->name_bytes;
    int order = memcmp(before->name, entry->name, least);
    return order < 0 || (!order && before->name_bytes < entry->name_bytes);
}

static int copy_texts(struct nodes *nodes, struct entry *entry)
{
    entry->name = keep(nodes, entry->name, entry->name_bytes);
    entry->xattrs = entry->name ? keep(nodes, entry->xattrs, entry->xattrs_bytes) : NULL;
    entry->link = entry->xattrs ? keep(nodes, entry->link, entry->link_bytes) : NULL;
    return entry->link ? 0 : -1;
}

static int add_entry(struct nodes *nodes, const struct entry *entry, struct problem *problem)
{
    if (!is_filled(nodes))
        return bad(problem, "a file without all of its content");
    if (!rises(nodes, entry))
        return bad(problem, "names that do not rise");
    if (entry->type == ENTRY_HARD_LINK &&
        (entry->number >= nodes->n || nodes->all[entry->number].entry.type != ENTRY_FILE))
        return bad(problem, "a link to no file");
    if (entry->type == ENTRY_FOLDER && nodes->depth == TREE_DEPTH_MAX)
        return bad(problem, "too many folders in folders");
    if (grow((void **)&nodes->all, nodes->n, &nodes->room, sizeof(*nodes->all), NODES_MAX))
        return no_memory(problem);
    struct node *node = &nodes->all[nodes->n];
    *node = (struct node){ .entry = *entry, .parent = nodes->folder, .pieces = nodes->n_pieces };
    if (copy_texts(nodes, &node->entry))
        return no_memory(problem);
    nodes->last[nodes->depth] = nodes->n;
    if (entry->type == ENTRY_FOLDER) {
        nodes->folder = nodes->n;
        nodes->last[++nodes->depth] = NODE_NONE;
    }
    nodes->n++;
    nodes->at = 0;
    return 0;
}

static int add_piece(
    struct nodes *nodes, const struct commit *commit, const struct piece *piece, struct problem *problem)
{
    struct node *node = &nodes->all[nodes->n - 1];
    if (piece->length > node->entry.size - nodes->at)
        return bad(problem, "more content than a file is long");
    if (!piece->hole) {
        if (piece->segment >= commit->n_segments || commit->segments[piece->segment].kind == SEGMENT_TREE)
            return bad(problem, "content where there is none");
        if (grow(
                (void **)&nodes->pieces, nodes->n_pieces, &nodes->pieces_room, sizeof(*nodes->pieces), NODE_PIECES_MAX))
            return no_memory(problem);
        nodes->pieces[nodes->n_pieces++] =
            (struct node_piece){ piece->segment, piece->offset, piece->skip, nodes->n - 1, piece->sum, nodes->at,
                piece->length };
        node->n_pieces++;
    }
    nodes->at += piece->length;
    return 0;
}

static int add_pieces(
    struct nodes *nodes, const struct commit *commit, const struct tree_record *record, struct problem *problem)
{
    if (!nodes->n || nodes->all[nodes->n - 1].entry.type != ENTRY_FILE)
        return bad(problem, "content of no file");
    for (size_t i = 0; i < record->n_pieces; i++) {
        if (add_piece(nodes, commit, &record->pieces[i], problem))
            return -1;
    }
    return 0;
}

static int go_up(struct nodes *nodes, struct problem *problem)
{
    if (nodes->folder == NODE_NONE)
        return bad(problem, "a way out of the root");
    nodes->folder = nodes->all[nodes->folder].parent;
    nodes->depth--;
    return 0;
}

int nodes_add(
    struct nodes *nodes, const struct commit *commit, const uint8_t *records, size_t bytes, struct problem *problem)
{
    struct tree_record *record = malloc(sizeof(*record));
    const uint8_t *at = records, *end = records + bytes;
    int error = record ? 0 : no_memory(problem);
    while (!error && at < end) {
        error = tree_read(&at, end, record, problem);
        if (error)
            break;
        switch (record->record) {
        case RECORD_ENTRY:
            error = add_entry(nodes, &record->entry, problem);
            break;
        case RECORD_PIECES:
            error = add_pieces(nodes, commit, record, problem);
            break;
        case RECORD_UP:
            error = go_up(nodes, problem);
            break;
        }
    }
    free(record);
    return error;
}

int nodes_end(struct nodes *nodes, const struct commit *commit, struct problem *problem)
{
    if (!is_filled(nodes) || nodes->folder != NODE_NONE || nodes->n != commit->files)
        return bad(problem, "it ends before its time");
    return 0;
}

size_t nodes_path(const struct nodes *nodes, uint32_t node, char ret[NODE_PATH_BYTES])
{
    char *at = ret + NODE_PATH_BYTES - 1;
    *at = '\0';
    for (uint32_t one = node; one != NODE_NONE; one = nodes->all[one].parent) {
        const struct entry *entry = &nodes->all[one].entry;
        if (entry->name_bytes + 1 > (size_t)(at - ret))
            return 0;
        at -= entry->name_bytes;
        memcpy(at, entry->name, entry->name_bytes);
        if (nodes->all[one].parent != NODE_NONE)
            *--at = '/';
    }
    size_t bytes = (size_t)(ret + NODE_PATH_BYTES - 1 - at);
    memmove(ret, at, bytes + 1);
    return bytes;
}
