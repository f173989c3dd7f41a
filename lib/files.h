/* Small files: read wholly, written so that a crash leaves the old or the new content, never a mixture. */
#ifndef VEDETTE_FILES_H
#define VEDETTE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct problem;

/* Nothing stands at the path. Where one cannot look (EIO, EACCES), something may: what is kept there is not begun anew,
 * and what it forbids stays forbidden. */
bool file_absent(const char *path);
/* Read a whole file of at most limit_bytes; *ret_data is NUL-terminated and the caller's to free. */
int file_read(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *);
/* The same where it need not stand: 0; 1: it is absent, and nothing was set; -1. */
int file_read_if_any(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *);
/* The same for a secret: refuses one that anybody but its owner (this user or root) may read or write. */
int file_read_secret(const char *path, size_t limit_bytes, char **ret_data, size_t *ret_bytes, struct problem *);
/* The same for a text that only its owner (this user or root) may change: refuses one with a NUL byte, too. */
int file_read_trusted(const char *path, size_t limit_bytes, char **ret_text, struct problem *);
/* Write beside the file, fsync, rename over it, fsync the directory. */
int file_write(const char *path, const void *data, size_t bytes, mode_t mode, struct problem *);
/* Make durable which names were created and removed in the directory. -1 + errno. */
int dir_sync(const char *path);
/* mkdir unless there; the mode is set either way. */
int dir_make(const char *path, mode_t mode, struct problem *);

#endif
