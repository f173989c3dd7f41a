#include "services/audit/disk.h"

#include <sys/statvfs.h>

static uint64_t limit(uint64_t bytes, bool below)
{
    return below ? bytes + bytes / 10 : bytes;
}

bool disk_note(struct disk *disk, uint64_t free_bytes)
{
    enum disk_state before = disk->state;
    disk->free_bytes = free_bytes;
    if (free_bytes < limit(disk->stop_bytes, before == DISK_STOP))
        disk->state = DISK_STOP;
    else if (free_bytes < limit(disk->low_bytes, before != DISK_ENOUGH))
        disk->state = DISK_LOW;
    else
        disk->state = DISK_ENOUGH;
    return disk->state > before;
}

int disk_look(const char *path, uint64_t *ret_free_bytes)
{
    struct statvfs status;
    if (statvfs(path, &status))
        return -1;
    *ret_free_bytes = (uint64_t)status.f_bavail * status.f_frsize;
    return 0;
}
