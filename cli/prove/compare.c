#include "cli/prove/compare.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/sha256.h"

#define READ_BYTES 65536

struct comparing {
    struct reader *reader;
    const struct nodes *nodes;
    uint32_t segment; /* that is open; UINT32_MAX: none is */
};

static void add_zeros(struct sha256 *sha256, uint64_t bytes)
{
    static const uint8_t zeros[READ_BYTES];
    for (; bytes; bytes -= bytes < READ_BYTES ? bytes : READ_BYTES)
        sha256_add(sha256, zeros, bytes < READ_BYTES ? (size_t)bytes : READ_BYTES);
}

static int add_piece(
    struct comparing *comparing, const struct node_piece *piece, struct sha256 *sha256, struct problem *problem)
{
    struct reader *reader = comparing->reader;
    const uint8_t *content;
    if (comparing->segment != piece->segment) {
        comparing->segment = UINT32_MAX;
        if (reader_segment(reader, piece->segment, problem))
            return -1;
        comparing->segment = piece->segment;
    }
    if (reader_piece(reader, piece, &content, problem))
        return -1;
    sha256_add(sha256, content, (size_t)piece->length);
    return 0;
}

static int hash_backup(struct comparing *comparing, uint32_t node, uint8_t ret[SHA256_BYTES], struct problem *problem)
{
    const struct node *file = &comparing->nodes->all[node];
    struct sha256 sha256;
    uint64_t at = 0;
    sha256_begin(&sha256);
    for (uint32_t i = 0; i < file->n_pieces; i++) {
        const struct node_piece *piece = &comparing->nodes->pieces[file->pieces + i];
        add_zeros(&sha256, piece->at - at);
        if (add_piece(comparing, piece, &sha256, problem))
            return -1;
        at = piece->at + piece->length;
    }
    add_zeros(&sha256, file->entry.size - at);
    sha256_end(&sha256, ret);
    return 0;
}

static int hash_file(int folder, const char *name, uint8_t ret[SHA256_BYTES])
{
    uint8_t data[READ_BYTES];
    struct sha256 sha256;
    int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return -1;
    sha256_begin(&sha256);
    ssize_t n;
    while ((n = read(fd, data, sizeof(data))) > 0)
        sha256_add(&sha256, data, (size_t)n);
    close(fd);
    sha256_end(&sha256, ret);
    return n < 0 ? -1 : 0;
}

static int compare_one(struct comparing *comparing, const struct beneath *beneath, uint32_t node,
    struct beneath_folder *folder, struct problem *problem)
{
    const struct entry *entry = &comparing->nodes->all[node].entry;
    uint8_t wanted[SHA256_BYTES], found[SHA256_BYTES];
    if (hash_backup(comparing, node, wanted, problem))
        return -1;
    if (beneath_enter(beneath, comparing->nodes, NULL, node, folder) || hash_file(folder->fd, entry->name, found))
        return problem_errno(problem, "file", "", "what was brought back cannot be read");
    return memcmp(wanted, found, SHA256_BYTES)
               ? problem_set(problem, "other-content", "", "a file that was brought back is not what the backup says")
               : 0;
}

int compare_files(const struct beneath *beneath, struct reader *reader, const struct nodes *nodes,
    const uint8_t *chosen, struct problem *problem)
{
    struct comparing comparing = { reader, nodes, UINT32_MAX };
    struct beneath_folder folder = { .fd = -1 };
    int error = 0;
    for (uint32_t i = 0; i < nodes->n && !error; i++) {
        if (chosen[i] && nodes->all[i].entry.type == ENTRY_FILE)
            error = compare_one(&comparing, beneath, i, &folder, problem);
    }
    beneath_leave(&folder);
    return error;
}
