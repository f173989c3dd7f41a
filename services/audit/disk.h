/* Whether the disk has room for the log. Pure but for disk_look. */
#ifndef VEDETTE_AUDIT_DISK_H
#define VEDETTE_AUDIT_DISK_H

#include <stdbool.h>
#include <stdint.h>

enum disk_state { DISK_ENOUGH, DISK_LOW, DISK_STOP };

struct disk {
    uint64_t low_bytes, stop_bytes;     /* settings */
    uint64_t free_bytes;
    enum disk_state state;
};

/* The state by the free space, and whether that is worse than before. To get better it takes a tenth more than the
 * limit, so that the state does not flap. */
bool disk_note(struct disk *, uint64_t free_bytes);

/* Free space of the file system at path, for its owner: what root keeps in reserve does not count. 0 or -1. */
int disk_look(const char *path, uint64_t *ret_free_bytes);

#endif
