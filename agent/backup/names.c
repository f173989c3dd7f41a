#include "agent/backup/names.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"

#define TEXT_BYTES_MAX (1u << 30) /* of one folder: four million of the longest names */

bool path_is_within(const char *path, const char *above)
{
    size_t length = strlen(above);
    return !strncmp(path, above, length) && (!path[length] || path[length] == '/');
}

/* As the walk goes: a folder's content comes before the folder's next sibling, so '/' is less than any other byte. */
int path_compare(const char *a, size_t a_bytes, const char *b, size_t b_bytes)
{
    size_t least = a_bytes < b_bytes ? a_bytes : b_bytes, i = 0;
    while (i < least && a[i] == b[i])
        i++;
    if (i == least)
        return (a_bytes > b_bytes) - (a_bytes < b_bytes);
    int left = a[i] == '/' ? 0 : (unsigned char)a[i], right = b[i] == '/' ? 0 : (unsigned char)b[i];
    return left - right;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The text becomes the names; the buffer is theirs then. */
static int split(struct buf *text, size_t n, struct names *ret)
{
    const char **all = calloc(n + 1, sizeof(*all));
    if (!all) {
        buf_free(text);
        errno = ENOMEM;
        return -1;
    }
    const char *at = text->data;
    for (size_t i = 0; i < n; i++, at += strlen(at) + 1)
        all[i] = at;
    qsort(all, n, sizeof(*all), compare);
    *ret = (struct names){ n, all, text->data };
    return 0;
}

static int add(struct buf *text, const char *name, size_t bytes)
{
    if (!buf_append(text, name, bytes) && !buf_append(text, "", 1))
        return 0;
    errno = bytes < TEXT_BYTES_MAX - text->length ? ENOMEM : E2BIG;
    return -1;
}

static int list(DIR *folder, struct buf *text, size_t *n)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(folder);
        if (!entry)
            return errno ? -1 : 0;
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        if (add(text, entry->d_name, strlen(entry->d_name)))
            return -1;
        (*n)++;
    }
}

int names_list(struct names *ret)
{
    struct buf text = { .limit_bytes = TEXT_BYTES_MAX };
    size_t n = 0;
    DIR *folder = opendir(".");
    if (!folder)
        return -1;
    int error = list(folder, &text, &n), number = errno;
    closedir(folder);
    if (error) {
        buf_free(&text);
        errno = number;
        return -1;
    }
    return split(&text, n, ret);
}

int names_towards(const char *path, const char *const *paths, size_t n_paths, struct names *ret)
{
    struct buf text = { .limit_bytes = TEXT_BYTES_MAX };
    size_t n = 0, depth = strlen(path), last = SIZE_MAX;
    for (size_t i = 0; i < n_paths; i++) {
        if (!path_is_within(paths[i], path) || !paths[i][depth])
            continue;
        const char *name = paths[i] + depth + 1;
        size_t length = strcspn(name, "/");
        /* Paths that go on alike stand together. */
        if (last != SIZE_MAX && strlen(text.data + last) == length && !memcmp(text.data + last, name, length))
            continue;
        last = text.length;
        if (add(&text, name, length)) {
            buf_free(&text);
            return -1;
        }
        n++;
    }
    return split(&text, n, ret);
}

void names_free(struct names *names)
{
    free(names->all);
    free(names->text);
}
