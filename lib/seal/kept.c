#include "lib/seal/kept.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/problem.h"

int seal_kept_add(struct seal_kept *kept, const struct seal_kept_value *value, struct problem *problem)
{
    if (kept->n == SEAL_KEPT_MAX)
        return problem_set(problem, "too-large", "", "a day has more than %d personal values of others: erase it whole",
            SEAL_KEPT_MAX);
    if (kept->n == kept->room) {
        const size_t room = kept->room ? 2 * kept->room : 1024;
        struct seal_kept_value *more = realloc(kept->values, room * sizeof(*more));
        if (!more)
            return problem_set(problem, "no-memory", "", "no memory for the keys that stay");
        kept->values = more;
        kept->room = room;
    }
    kept->values[kept->n++] = *value;
    return 0;
}

void seal_kept_free(struct seal_kept *kept)
{
    free(kept->values);
    *kept = (struct seal_kept){ 0 };
}

static int by_name(const void *one, const void *other)
{
    return memcmp(one, other, SEAL_NAME_BYTES); /* the name stands first */
}

int seal_kept_write(struct seal_kept *kept, const char *path, struct problem *problem)
{
    if (kept->n)
        qsort(kept->values, kept->n, sizeof(*kept->values), by_name);
    return file_write(path, kept->values, kept->n * sizeof(*kept->values), 0600, problem);
}

static bool read_record(int fd, size_t number, struct seal_kept_value *ret)
{
    return pread(fd, ret, sizeof(*ret), (off_t)(number * sizeof(*ret))) == sizeof(*ret);
}

int seal_kept_find(const char *path, const uint8_t name[SEAL_NAME_BYTES], uint8_t ret_wrapped[WRAPPED_BYTES])
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), status = 1;
    struct stat found;
    if (fd < 0)
        return 1;
    size_t low = 0, high = fstat(fd, &found) ? 0 : (size_t)found.st_size / sizeof(struct seal_kept_value);
    while (low < high && status) {
        const size_t middle = low + (high - low) / 2;
        struct seal_kept_value value;
        if (!read_record(fd, middle, &value))
            break;
        int order = memcmp(value.name, name, SEAL_NAME_BYTES);
        if (order < 0) {
            low = middle + 1;
        } else if (order > 0) {
            high = middle;
        } else {
            memcpy(ret_wrapped, value.wrapped, WRAPPED_BYTES);
            status = 0;
        }
    }
    close(fd);
    return status;
}
