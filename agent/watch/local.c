#include "agent/watch/local.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/files.h"

#define MOUNTS_BYTES (1024 * 1024) /* some 5,000 mounts: a busy host of containers */

static const char *const waiting[] = { "nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "virtiofs", "ceph", "glusterfs",
    "afs", "coda", "ncpfs", "autofs", "orangefs", "lustre", "gfs2", "ocfs2", NULL };

static bool type_may_wait(const char *type, size_t length)
{
    if (length >= 4 && !strncmp(type, "fuse", 4) && !(length == 7 && !strncmp(type, "fuseblk", 7)))
        return true;
    for (const char *const *one = waiting; *one; one++) {
        if (strlen(*one) == length && !strncmp(*one, type, length))
            return true;
    }
    return false;
}

static bool holds(const char *mount, size_t length, const char *path)
{
    if (length == 1)
        return true; /* the root */
    return !strncmp(mount, path, length) && (path[length] == '/' || !path[length]);
}

/* Behind the fourth blank of a line; NULL: it has fewer. */
static const char *mount_point(const char *line, const char *end)
{
    for (int blanks = 0; blanks < 4 && line; blanks++) {
        line = memchr(line, ' ', (size_t)(end - line));
        if (line)
            line++;
    }
    return line;
}

/* proc(5): id parent major:minor root mount-point options [optional …] - type source …. A blank in a mount point is \040; such
 * a mount is taken for the one above it. */
bool mount_may_wait(const char *mountinfo, const char *path)
{
    size_t best = 0;
    bool waits = true; /* a table without a mount for the path is none to rely on */
    for (const char *line = mountinfo, *end; *line; line = end + (*end == '\n')) {
        end = line + strcspn(line, "\n");
        const char *at = mount_point(line, end);
        const char *type = at ? memmem(at, (size_t)(end - at), " - ", 3) : NULL;
        if (!type)
            continue;
        size_t length = strcspn(at, " ");
        /* A later mount on the same place covers the earlier. */
        if (length < best || !holds(at, length, path))
            continue;
        best = length;
        waits = type_may_wait(type + 3, strcspn(type + 3, " \n"));
    }
    return waits;
}

int local_open(const char *path)
{
    char *mounts;
    size_t bytes;
    if (file_read("/proc/self/mountinfo", MOUNTS_BYTES, &mounts, &bytes, NULL)) {
        errno = EXDEV;
        return -1;
    }
    bool waits = mount_may_wait(mounts, path);
    free(mounts);
    if (waits) {
        errno = EXDEV;
        return -1;
    }
    /* A link may lead to another mount. Debian 12's libc has no wrapper. */
    struct open_how how = { .flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
    if (fd < 0 && errno == ENOSYS)
        errno = EXDEV;
    return fd;
}
