/*
 * Making the state directory so that doing it again changes nothing: what is there is kept, what is missing is made,
 * and owners and modes are set right either way. Paths are relative to the state directory.
 */
#ifndef VEDETTE_CLI_KEEP_H
#define VEDETTE_CLI_KEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "lib/problem.h"

/* To whom a file is given; only root can give, so that everybody else owns all. */
struct owner {
    uid_t uid;
    gid_t gid;
};
/* The owner of that name. "" or not root: ourselves. -1: no such user. */
int owner_of(const char *user, struct owner *ret, struct problem *);

/* A link below the state directory's own entries is refused: a service may have put it there. */
int keep_directory(const char *path, mode_t mode, const struct owner *, struct problem *);
bool keep_has(const char *path);
int keep_write(const char *path, const char *text, mode_t mode, const struct owner *, struct problem *);
/* Into the file that is there: services are confined to the files that they found at their start, and could not read
 * another one of the same name. */
int keep_over(const char *path, const char *text, mode_t mode, const struct owner *, struct problem *);
/* The text of a file; the caller frees it. */
char *keep_read(const char *path, struct problem *);
/* The text of a secret file, made by make() if there is none yet; the caller frees it. */
char *keep_secret(const char *path, const struct owner *, void (*make)(char *ret, size_t bytes), struct problem *);

#endif
