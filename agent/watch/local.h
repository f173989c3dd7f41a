/* Files that can be looked at without waiting: those on a file system of this machine. One on a server that is gone would
 * stop whoever touches it, so that is left to a child. */
#ifndef VEDETTE_WATCH_LOCAL_H
#define VEDETTE_WATCH_LOCAL_H

#include <stdbool.h>

/* The mount table, as /proc/self/mountinfo writes it: whether the mount that holds the path is of a file system that may wait
 * for others. Pure. */
bool mount_may_wait(const char *mountinfo, const char *path);

/* A descriptor (O_PATH) of the path. -1 + errno; ELOOP, EXDEV: it may lead to a file system that waits, look at it elsewhere. */
int local_open(const char *path);

#endif
