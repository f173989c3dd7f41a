/* The names in a folder, sorted by their bytes. */
#ifndef VEDETTE_AGENT_BACKUP_NAMES_H
#define VEDETTE_AGENT_BACKUP_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct names {
    size_t n;
    const char **all; /* in text */
    char *text;
};

/* Of the current folder. -1: errno. */
int names_list(struct names *ret);
/* The next component of each path below `path` ("" for the root), each name once. paths: in the order of the walk. */
int names_towards(const char *path, const char *const *paths, size_t n_paths, struct names *ret);
void names_free(struct names *);

/* Paths are absolute, "" the root. The order of the walk; and whether path is `above`, or stands below it. */
int path_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes);
bool path_is_within(const char *path, const char *above);

#endif
