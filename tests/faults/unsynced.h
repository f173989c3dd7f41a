/*
 * What a power cut takes: changes of files and folders since they were last synced.
 *
 * The caller says each change before it makes it, by absolute paths, and each sync after it; one thread at a time. What
 * POSIX does not promise is not assumed: syncing a file does not make its name durable, only syncing its folder does.
 * Names are lost from the newest back, as by a file system with a journal; of data any sector may be lost.
 */
#ifndef VEDETTE_UNSYNCED_H
#define VEDETTE_UNSYNCED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Of `bytes` bytes from `at` on; with 0 bytes, of the file's length. */
void unsynced_data(const char *path, uint64_t at, size_t bytes);
void unsynced_created(const char *path);
void unsynced_renamed(const char *from, const char *to);
void unsynced_removed(const char *path);

/* Syncing takes a while: only what was changed before it began is durable when it is done. */
uint64_t unsynced_now(void);
void unsynced_synced(const char *path, uint64_t before);
void unsynced_all_synced(uint64_t before);

/* Take back all of it, or a part that the seed chooses. */
void unsynced_cut(unsigned seed);
/* Take back the data of this file alone: what an fsync that failed leaves behind. */
void unsynced_lose(const char *path);

#endif
