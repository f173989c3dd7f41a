#include "lib/seal/keys.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/keywrap.h"
#include "lib/problem.h"
#include "lib/seal/text.h"

#define WRAP_LABEL "vedette sealing keys"
#define KEPT ".kept"      /* behind the day: keys of single values */
#define NEXT ".kept.next" /* those that will be, once the log says so */
#define KNOWN 64          /* keys in memory: a search goes through days one after the other */

struct known {
    bool used;
    enum class class;
    uint32_t day;
    bool there; /* that there is none is worth knowing, too */
    bool kept;  /* then there are keys of single values */
    uint8_t key[SECRET_BYTES];
};

struct seal_keys {
    const char *folder;
    uint8_t wrapping[SECRET_BYTES];
    _Atomic uint64_t erasures;
    pthread_mutex_t lock; /* of what is known, and of making and erasing */
    struct known known[KNOWN];
};

static int read_master(const char *path, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read_secret(path, 2 * SECRET_BYTES + 1, &text, &bytes, problem))
        return -1;
    text[strcspn(text, "\n")] = '\0';
    int error = crypto_unhex(text, ret, SECRET_BYTES);
    crypto_forget(text, bytes);
    free(text);
    return error ? problem_set(problem, "bad-key", path, "%s does not hold 64 hexadecimal digits", path) : 0;
}

static int make_folders(const char *folder, struct problem *problem)
{
    char path[PATH_MAX];
    int error = dir_make(folder, 0700, problem);
    for (int class = 0; class < CLASS_COUNT && !error; class ++) {
        snprintf(path, sizeof(path), "%s/%s", folder, class_words[class]);
        error = dir_make(path, 0700, problem);
    }
    return error;
}

struct seal_keys *seal_keys_open(const char *folder, const char *master_key_file, bool makes, struct problem *problem)
{
    uint8_t master[SECRET_BYTES];
    struct seal_keys *keys = calloc(1, sizeof(*keys));
    if (!keys) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    if (read_master(master_key_file, master, problem) || (makes && make_folders(folder, problem))) {
        free(keys);
        return NULL;
    }
    crypto_hkdf(master, WRAP_LABEL, keys->wrapping, sizeof(keys->wrapping));
    crypto_forget(master, sizeof(master));
    keys->folder = folder;
    keys->erasures = 1;
    pthread_mutex_init(&keys->lock, NULL);
    return keys;
}

void seal_keys_free(struct seal_keys *keys)
{
    if (!keys)
        return;
    pthread_mutex_destroy(&keys->lock);
    crypto_forget(keys, sizeof(*keys));
    free(keys);
}

static void path_of(
    const struct seal_keys *keys, enum class class, uint32_t day, const char *behind, char ret[PATH_MAX])
{
    char date[SEAL_DAY_BYTES];
    seal_day_format(day, date);
    snprintf(ret, PATH_MAX, "%s/%s/%s%s", keys->folder, class_words[class], date, behind);
}

static struct known *place_of(struct seal_keys *keys, enum class class, uint32_t day)
{
    return &keys->known[(day * CLASS_COUNT + class) % KNOWN];
}

/* The caller has the lock, as in all static functions that follow. */
static const struct known *look(struct seal_keys *keys, enum class class, uint32_t day)
{
    struct known *known = place_of(keys, class, day);
    char path[PATH_MAX], *wrapped;
    size_t bytes;
    if (known->used && known->class == class && known->day == day)
        return known;
    path_of(keys, class, day, "", path);
    *known = (struct known){ .used = true, .class = class, .day = day };
    if (!file_read_secret(path, WRAPPED_BYTES, &wrapped, &bytes, NULL)) {
        known->there = bytes == WRAPPED_BYTES && !keyunwrap(keys->wrapping, (const uint8_t *)wrapped, known->key);
        free(wrapped);
    }
    path_of(keys, class, day, KEPT, path);
    known->kept = !access(path, F_OK);
    return known;
}

static int find(struct seal_keys *keys, enum class class, uint32_t day, uint8_t ret[SECRET_BYTES])
{
    const struct known *known = look(keys, class, day);
    if (known->there)
        memcpy(ret, known->key, SECRET_BYTES);
    return !known->there;
}

int seal_keys_find(struct seal_keys *keys, enum class class, uint32_t day, uint8_t ret[SECRET_BYTES])
{
    pthread_mutex_lock(&keys->lock);
    int status = find(keys, class, day, ret);
    pthread_mutex_unlock(&keys->lock);
    return status;
}

/* What a kept value is found by. */
static void name_of(const void *place, size_t bytes, uint8_t ret[SEAL_NAME_BYTES])
{
    uint8_t hash[BLAKE2B_BYTES];
    crypto_blake2b(place, bytes, hash);
    memcpy(ret, hash, SEAL_NAME_BYTES);
}

static int find_value(
    struct seal_keys *keys, enum class class, uint32_t day, const void *place, size_t bytes, uint8_t ret[SECRET_BYTES])
{
    const struct known *known = look(keys, class, day);
    uint8_t name[SEAL_NAME_BYTES], wrapped[WRAPPED_BYTES];
    char path[PATH_MAX];
    if (known->there) {
        crypto_blake2b_keyed(known->key, place, bytes, ret);
        return 0;
    }
    if (!known->kept)
        return 1;
    name_of(place, bytes, name);
    path_of(keys, class, day, KEPT, path);
    return seal_kept_find(path, name, wrapped) || keyunwrap(keys->wrapping, wrapped, ret) ? 1 : 0;
}

int seal_keys_value(
    struct seal_keys *keys, enum class class, uint32_t day, const void *place, size_t bytes, uint8_t ret[SECRET_BYTES])
{
    pthread_mutex_lock(&keys->lock);
    int status = find_value(keys, class, day, place, bytes, ret);
    pthread_mutex_unlock(&keys->lock);
    return status;
}

int seal_keys_wrap(struct seal_keys *keys, enum class class, uint32_t day, const void *place, size_t bytes,
    struct seal_kept_value *ret)
{
    uint8_t key[SECRET_BYTES];
    if (seal_keys_value(keys, class, day, place, bytes, key))
        return 1;
    name_of(place, bytes, ret->name);
    keywrap(keys->wrapping, key, ret->wrapped);
    crypto_forget(key, sizeof(key));
    return 0;
}

int seal_keys_keep(
    struct seal_keys *keys, enum class class, uint32_t day, struct seal_kept *kept, struct problem *problem)
{
    char path[PATH_MAX];
    path_of(keys, class, day, NEXT, path);
    return seal_kept_write(kept, path, problem);
}

static int make(
    struct seal_keys *keys, enum class class, uint32_t day, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    uint8_t wrapped[WRAPPED_BYTES];
    char path[PATH_MAX];
    path_of(keys, class, day, "", path);
    /* One that is there and does not open must not be lost by a new one. */
    if (!file_absent(path))
        return problem_set(problem, "bad-key", path, "%s does not open by this master key", path);
    crypto_random(ret, SECRET_BYTES);
    keywrap(keys->wrapping, ret, wrapped);
    place_of(keys, class, day)->used = false;
    return file_write(path, wrapped, sizeof(wrapped), 0600, problem);
}

int seal_keys_make(
    struct seal_keys *keys, enum class class, uint32_t day, uint8_t ret[SECRET_BYTES], struct problem *problem)
{
    pthread_mutex_lock(&keys->lock);
    int error = find(keys, class, day, ret) ? make(keys, class, day, ret, problem) : 0;
    pthread_mutex_unlock(&keys->lock);
    return error;
}

static int sync_folder(const struct seal_keys *keys, enum class class)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/%s", keys->folder, class_words[class]);
    return dir_sync(path);
}

/* What the disk makes of writing over is its own affair; wrapped keys are of no use without the master key either. */
static int write_over(const char *path)
{
    static const uint8_t nothing[4096];
    struct stat status;
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        return errno == ENOENT ? 0 : -1;
    int error = fstat(fd, &status);
    for (off_t done = 0; !error && done < status.st_size; done += (off_t)sizeof(nothing)) {
        const off_t left = status.st_size - done;
        const size_t bytes = left < (off_t)sizeof(nothing) ? (size_t)left : sizeof(nothing);
        error = pwrite(fd, nothing, bytes, done) != (ssize_t)bytes;
    }
    error = error || fsync(fd);
    close(fd);
    return error || unlink(path) ? -1 : 0;
}

void seal_keys_keep_not(struct seal_keys *keys, enum class class, uint32_t day)
{
    char path[PATH_MAX];
    path_of(keys, class, day, NEXT, path);
    write_over(path); /* should it fail: the next seal_keys_keep or the day's end makes it good */
}

/* First the values that stay are kept, then the day's key goes: after a kill in between it can be done again. */
static int erase(struct seal_keys *keys, enum class class, uint32_t day, bool keeps)
{
    char path[PATH_MAX], kept[PATH_MAX], next[PATH_MAX];
    path_of(keys, class, day, "", path);
    path_of(keys, class, day, KEPT, kept);
    path_of(keys, class, day, NEXT, next);
    const bool replaces = keeps && !file_absent(next);
    if ((!keeps || replaces) && write_over(kept))
        return -1;
    if (replaces ? rename(next, kept) : write_over(next))
        return -1;
    return sync_folder(keys, class) || write_over(path) || sync_folder(keys, class) ? -1 : 0;
}

int seal_keys_erase(struct seal_keys *keys, enum class class, uint32_t day, bool keeps, struct problem *problem)
{
    char path[PATH_MAX];
    path_of(keys, class, day, "", path);
    pthread_mutex_lock(&keys->lock);
    struct known *known = place_of(keys, class, day);
    crypto_forget(known, sizeof(*known));
    int error = erase(keys, class, day, keeps) ? problem_errno(problem, "sealing", path, "cannot erase %s", path) : 0;
    keys->erasures++;
    pthread_mutex_unlock(&keys->lock);
    return error;
}

uint64_t seal_keys_erasures(const struct seal_keys *keys)
{
    return keys->erasures;
}

static bool is_day(const char *name)
{
    const char *behind = strlen(name) < SEAL_DAY_BYTES - 1 ? NULL : name + SEAL_DAY_BYTES - 1;
    return behind && (!*behind || !strcmp(behind, KEPT));
}

static int add_day(uint32_t **days, size_t *n, uint32_t day)
{
    uint32_t *more = realloc(*days, (*n + 1) * sizeof(*more));
    if (!more)
        return -1;
    *days = more;
    more[(*n)++] = day;
    return 0;
}

int seal_keys_days(
    const struct seal_keys *keys, enum class class, uint32_t **ret, size_t *ret_n, struct problem *problem)
{
    char path[PATH_MAX];
    uint32_t *days = NULL, day;
    size_t n = 0;
    int error = 0;
    snprintf(path, sizeof(path), "%s/%s", keys->folder, class_words[class]);
    DIR *folder = opendir(path);
    if (!folder)
        return problem_errno(problem, "sealing", path, "cannot read %s", path);
    for (struct dirent *entry; !error && (entry = readdir(folder));) {
        if (is_day(entry->d_name) && !seal_day_parse(entry->d_name, &day))
            error = add_day(&days, &n, day);
    }
    closedir(folder);
    if (error) {
        free(days);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    *ret = days;
    *ret_n = n;
    return 0;
}
