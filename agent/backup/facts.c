#include "agent/backup/facts.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

/* What the kernel makes up, or what no other system could take, is not copied. */
static bool is_kept(const char *name)
{
    return strcmp(name, "security.selinux") && strncmp(name, "system.nfs4_acl", 15) && strncmp(name, "system.cifs", 11);
}

static int add_xattr(const char *file, const char *name, struct buf *ret)
{
    char value[TREE_XATTRS_BYTES_MAX];
    ssize_t bytes = lgetxattr(file, name, value, sizeof(value));
    if (bytes < 0)
        return errno == ENODATA || errno == EPERM || errno == EACCES || errno == EOPNOTSUPP ? 0 : -1;
    if (tree_xattr(ret, name, value, (size_t)bytes))
        errno = ENOMEM;
    else if (ret->length > TREE_XATTRS_BYTES_MAX)
        errno = E2BIG;
    else
        return 0;
    return -1;
}

/* POSIX ACLs and capabilities are among them, in the form in which Linux takes them back. */
static int read_xattrs(const char *file, struct buf *ret)
{
    char names[TREE_XATTRS_BYTES_MAX];
    ssize_t bytes = llistxattr(file, names, sizeof(names));
    if (bytes < 0)
        return errno == EOPNOTSUPP || errno == ENOSYS ? 0 : -1;
    int n = 0;
    for (const char *name = names; name < names + bytes; name += strlen(name) + 1) {
        if (!is_kept(name))
            continue;
        if (++n > TREE_XATTRS_MAX || strlen(name) > TREE_NAME_MAX) {
            errno = E2BIG;
            return -1;
        }
        if (add_xattr(file, name, ret))
            return -1;
    }
    return 0;
}

static int read_link(const char *file, struct facts *facts)
{
    ssize_t bytes = readlink(file, facts->link, sizeof(facts->link));
    if (bytes <= 0 || bytes > TREE_LINK_MAX)
        return -1;
    facts->entry.link = facts->link;
    facts->entry.link_bytes = (size_t)bytes;
    return 0;
}

static enum entry_type type_of(mode_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return ENTRY_FOLDER;
    case S_IFLNK:
        return ENTRY_SYMLINK;
    case S_IFIFO:
        return ENTRY_FIFO;
    case S_IFSOCK:
        return ENTRY_SOCKET;
    case S_IFCHR:
        return ENTRY_CHARACTER;
    case S_IFBLK:
        return ENTRY_BLOCK;
    default:
        return ENTRY_FILE;
    }
}

struct stamp stamp_of(const struct stat *status)
{
    return (struct stamp){ .inode = status->st_ino,
        .size = (uint64_t)status->st_size,
        .mtime_s = status->st_mtim.tv_sec,
        .mtime_ns = (uint32_t)status->st_mtim.tv_nsec,
        .ctime_s = status->st_ctim.tv_sec,
        .ctime_ns = (uint32_t)status->st_ctim.tv_nsec };
}

bool stamp_equal(const struct stamp *a, const struct stamp *b)
{
    return a->inode == b->inode && a->size == b->size && a->mtime_s == b->mtime_s && a->mtime_ns == b->mtime_ns &&
           a->ctime_s == b->ctime_s && a->ctime_ns == b->ctime_ns;
}

int facts_read(const char *name, const struct stat *status, struct facts *ret)
{
    ret->stamp = stamp_of(status);
    ret->entry = (struct entry){ .type = type_of(status->st_mode),
        .name = name,
        .name_bytes = strlen(name),
        .mode = status->st_mode & 07777,
        .uid = status->st_uid,
        .gid = status->st_gid,
        .mtime_s = status->st_mtim.tv_sec,
        .mtime_ns = (uint32_t)status->st_mtim.tv_nsec,
        .size = S_ISREG(status->st_mode) ? (uint64_t)status->st_size : 0,
        .major = major(status->st_rdev),
        .minor = minor(status->st_rdev) };
    buf_clear(&ret->xattrs);
    if (read_xattrs(name, &ret->xattrs) || (ret->entry.type == ENTRY_SYMLINK && read_link(name, ret)))
        return -1;
    ret->entry.xattrs = (const uint8_t *)ret->xattrs.data;
    ret->entry.xattrs_bytes = ret->xattrs.length;
    return 0;
}

void facts_free(struct facts *facts)
{
    buf_free(&facts->xattrs);
}
