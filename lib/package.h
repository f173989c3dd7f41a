/*
 * An agent package: a gzip of a plain ustar archive with the one folder vedette-agent/ and files in it, as the Makefile
 * packs it. Read by rules far narrower than tar's, wholly in memory, before anything of it is on a disk: no other
 * folder, no way up, no link, no device, no name twice, nothing behind its end.
 */
#ifndef VEDETTE_PACKAGE_H
#define VEDETTE_PACKAGE_H

#include <stddef.h>
#include <stdint.h>

#include "lib/version.h"

struct problem;

#define PACKAGE_BYTES_MAX (64u << 20)    /* packed: the server keeps no larger file */
#define PACKAGE_UNPACKED_MAX (64u << 20) /* five programs have 6 MiB; what grows beyond this is no package */
#define PACKAGE_FILES_MAX 32
#define PACKAGE_NAME_BYTES 64

struct package_file {
    char name[PACKAGE_NAME_BYTES]; /* within the folder */
    const uint8_t *data;           /* in the package's archive */
    size_t bytes;
};

struct package {
    uint8_t *archive;
    char version[VERSION_BYTES], platform[VERSION_BYTES]; /* as its file VERSION says */
    size_t n_files;
    struct package_file files[PACKAGE_FILES_MAX];
};

/* *ret is to be released by package_free. -1 + "bad-package": *ret is untouched. */
int package_read(const void *data, size_t bytes, struct package *ret, struct problem *);
void package_free(struct package *);

/* NULL: there is none of that name. */
const struct package_file *package_find(const struct package *, const char *name);

#endif
