/*
 * Headers of a tar archive in the pax format (POSIX.1-2017), with GNU's sparse files 1.0 and the attributes as star and
 * GNU tar write them. Pure.
 */
#ifndef VEDETTE_AGENT_BACKUP_TAR_H
#define VEDETTE_AGENT_BACKUP_TAR_H

#include "agent/backup/source.h"
#include "lib/repository/tree.h"

struct buf;

#define TAR_BLOCK_BYTES 512
#define TAR_END_BYTES (2 * TAR_BLOCK_BYTES) /* zeros */

/* Append what stands before the entry's content; path is relative, without '/' at its end. linked: of a hard link, the
 * path of the file that it is the same as; extents: of a file with holes. Either may be NULL. -1: no memory. */
int tar_header(struct buf *, const struct entry *, const char *path, const char *linked, const struct extents *extents);

#endif
