/* Files that have several names: which entry had the first. */
#ifndef VEDETTE_AGENT_BACKUP_LINKS_H
#define VEDETTE_AGENT_BACKUP_LINKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LINKS_MAX 1048576 /* files; those beyond are kept once for each name */

struct linked_file {
    dev_t device;
    ino_t inode;
    uint64_t number; /* of the entry, from 0 */
    char *path;      /* NULL: not wanted */
};

struct links {
    size_t n, slots;
    struct linked_file *all;
    bool *used;
};

const struct linked_file *links_find(const struct links *, dev_t, ino_t);
/* path is copied, and may be NULL. Beyond LINKS_MAX nothing is remembered. -1: no memory. */
int links_add(struct links *, dev_t, ino_t, uint64_t number, const char *path);
void links_free(struct links *);

#endif
