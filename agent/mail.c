#include "agent/mail.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/state.h"
#include "lib/crypto.h"
#include "lib/envelope/limits.h"
#include "lib/files.h"
#include "lib/problem.h"

#define PATH_BYTES 128
#define DRAFT_PREFIX ".draft."
#define RESTORED_FILE MAIL_DIR "/restored"
#define CARRIED_FILE MAIL_DIR "/carried"
#define CARRIER_BYTES 16
#define BY_HTTPS "https"

/* vedette-agent-work has the rights of root, the resident and carry have those of the directory's owner. */
static int give(const char *path, struct problem *problem)
{
    struct stat owner;
    if (geteuid() != 0)
        return 0;
    if (stat(".", &owner) || (owner.st_uid != 0 && lchown(path, owner.st_uid, owner.st_gid)))
        return problem_errno(problem, "bad-state", path, "cannot give %s to the agent's user", path);
    return 0;
}

int mail_open(struct problem *problem)
{
    static const char *const folders[] = { MAIL_DIR, MAIL_IN_DIR, MAIL_OUT_DIR };
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        if (dir_make(folders[i], 0700, problem) || give(folders[i], problem))
            return -1;
    }
    return 0;
}

/* Files of a folder, drafts left out, and their bytes. */
static int measure(const char *folder, size_t *ret_n, uint64_t *ret_bytes, struct problem *problem)
{
    DIR *open = opendir(folder);
    size_t n = 0;
    uint64_t bytes = 0;
    if (!open)
        return problem_errno(problem, "bad-state", folder, "cannot open %s", folder);
    for (struct dirent *entry; (entry = readdir(open));) {
        struct stat found;
        if (*entry->d_name == '.' || fstatat(dirfd(open), entry->d_name, &found, AT_SYMLINK_NOFOLLOW))
            continue;
        n++;
        bytes += (uint64_t)found.st_size;
    }
    closedir(open);
    *ret_n = n;
    *ret_bytes = bytes;
    return 0;
}

static int write_whole(const char *path, const void *envelope, size_t bytes, struct problem *problem)
{
    return file_write(path, envelope, bytes, 0600, problem) || give(path, problem) ? -1 : 0;
}

int mail_keep(const void *envelope, size_t bytes, struct problem *problem)
{
    uint8_t hash[SHA256_BYTES];
    char name[HEX_BYTES(SHA256_BYTES)], path[PATH_BYTES];
    size_t n;
    uint64_t used;
    if (measure(MAIL_IN_DIR, &n, &used, problem))
        return -1;
    if (n >= MAIL_IN_MAX)
        return problem_set(problem, "mail-full", MAIL_IN_DIR, "%zu envelopes wait to be opened", n);
    crypto_sha256(envelope, bytes, hash);
    crypto_hex(hash, sizeof(hash), name);
    snprintf(path, sizeof(path), MAIL_IN_DIR "/%s", name);
    return write_whole(path, envelope, bytes, problem);
}

static void path_of(enum addressee addressee, struct stream_place place, bool draft, char ret[PATH_BYTES])
{
    snprintf(ret, PATH_BYTES, MAIL_OUT_DIR "/%s%s.%020" PRIu64 ".%020" PRIu64, draft ? DRAFT_PREFIX : "",
        addressee_words[addressee], place.incarnation, place.counter);
}

int mail_keep_text(const char *base64, const char *code, struct problem *problem)
{
    size_t length = strlen(base64), bytes;
    uint8_t *envelope = malloc(length);
    if (!envelope)
        return problem_set(problem, "no-memory", "", "no memory for an envelope");
    int error = crypto_unbase64(base64, length, envelope, length, &bytes) || bytes > ENVELOPE_BYTES_MAX
                    ? problem_set(problem, code, "envelope", "the server sent what is no envelope")
                    : mail_keep(envelope, bytes, problem);
    free(envelope);
    return error;
}

int mail_draft(
    enum addressee addressee, struct stream_place place, const void *envelope, size_t bytes, struct problem *problem)
{
    char path[PATH_BYTES];
    size_t n;
    uint64_t used;
    if (measure(MAIL_OUT_DIR, &n, &used, problem))
        return -1;
    if (n >= MAIL_OUT_MAX || used + bytes > MAIL_OUT_BYTES_MAX)
        return problem_set(problem, "mail-full", MAIL_OUT_DIR, "%zu envelopes wait for the server", n);
    path_of(addressee, place, true, path);
    return write_whole(path, envelope, bytes, problem);
}

static int sync_folder(const char *folder, struct problem *problem)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int error = fd < 0 || fsync(fd);
    if (error)
        problem_errno(problem, "bad-state", folder, "cannot sync %s", folder);
    if (fd >= 0)
        close(fd);
    return error ? -1 : 0;
}

int mail_send(enum addressee addressee, struct stream_place place, struct problem *problem)
{
    char draft[PATH_BYTES], path[PATH_BYTES];
    path_of(addressee, place, true, draft);
    path_of(addressee, place, false, path);
    if (rename(draft, path))
        return problem_errno(problem, "bad-state", draft, "cannot rename %s", draft);
    return sync_folder(MAIL_OUT_DIR, problem);
}

/* The place in a name behind its addressee; -1: it is no such name. */
static int parse_place(const char *text, struct stream_place *ret)
{
    struct stream_place place;
    int end = 0;
    if (strlen(text) != 42 ||
        sscanf(text, ".%20" SCNu64 ".%20" SCNu64 "%n", &place.incarnation, &place.counter, &end) != 2 || end != 42)
        return -1;
    *ret = place;
    return 0;
}

int mail_addressee(const char *name, enum addressee *ret)
{
    struct stream_place place;
    for (int i = 0; i < ADDRESSEE_COUNT; i++) {
        size_t length = strlen(addressee_words[i]);
        if (strncmp(name, addressee_words[i], length) || parse_place(name + length, &place))
            continue;
        *ret = (enum addressee)i;
        return 0;
    }
    return -1;
}

static bool is_used(struct stream_place place, struct stream_place last)
{
    return place.incarnation < last.incarnation ||
           (place.incarnation == last.incarnation && place.counter <= last.counter);
}

int mail_settle(enum addressee addressee, struct stream_place last, struct problem *problem)
{
    char prefix[PATH_BYTES];
    size_t length = (size_t)snprintf(prefix, sizeof(prefix), DRAFT_PREFIX "%s", addressee_words[addressee]);
    DIR *open = opendir(MAIL_OUT_DIR);
    int error = 0;
    if (!open)
        return problem_errno(problem, "bad-state", MAIL_OUT_DIR, "cannot open %s", MAIL_OUT_DIR);
    for (struct dirent *entry; !error && (entry = readdir(open));) {
        struct stream_place place;
        if (strncmp(entry->d_name, prefix, length) || parse_place(entry->d_name + length, &place))
            continue;
        if (is_used(place, last))
            error = mail_send(addressee, place, problem);
        else
            unlinkat(dirfd(open), entry->d_name, 0);
    }
    closedir(open);
    return error;
}

int mail_note_restored(struct problem *problem)
{
    return mail_open(problem) || file_write(RESTORED_FILE, "", 0, 0600, problem) ? -1 : 0;
}

bool mail_was_restored(void)
{
    return !file_absent(RESTORED_FILE);
}

void mail_begun_anew(void)
{
    unlink(RESTORED_FILE);
}

static char *last_carrier(void)
{
    char *text;
    size_t bytes;
    return file_read(CARRIED_FILE, CARRIER_BYTES, &text, &bytes, NULL) ? NULL : text;
}

/* If the file cannot be written, it names the carrier before; that only costs time. */
void mail_note_carrier(const char *carrier)
{
    char *before = last_carrier();
    if (!before || strcmp(before, carrier))
        file_write(CARRIED_FILE, carrier, strlen(carrier), 0600, NULL);
    free(before);
}

bool mail_comes_by_parcel(void)
{
    char *carrier = last_carrier();
    bool parcel = carrier && strcmp(carrier, BY_HTTPS);
    free(carrier);
    return parcel;
}

/* Only whole ones: no draft, and nothing that file_write left behind when it was killed. */
static bool is_mail(const char *name)
{
    size_t length = strlen(name);
    return *name != '.' && length < MAIL_NAME_BYTES && (length < 4 || strcmp(name + length - 4, ".new"));
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct mail_name *)a)->text, ((const struct mail_name *)b)->text);
}

bool mail_waits(const char *folder)
{
    bool waits = false;
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && !waits && (entry = readdir(open));)
        waits = is_mail(entry->d_name);
    if (open)
        closedir(open);
    return waits;
}

int mail_list(const char *folder, struct mail_name **ret, size_t *ret_n, struct problem *problem)
{
    struct mail_name *names = NULL;
    size_t n = 0, room = 0;
    DIR *open = opendir(folder);
    if (!open)
        return problem_errno(problem, "bad-state", folder, "cannot open %s", folder);
    for (struct dirent *entry; (entry = readdir(open));) {
        if (!is_mail(entry->d_name))
            continue;
        if (n == room) {
            room = room ? room * 2 : 64;
            struct mail_name *more = realloc(names, room * sizeof(*names));
            if (!more) {
                free(names);
                closedir(open);
                return problem_set(problem, "no-memory", folder, "no memory for the names in %s", folder);
            }
            names = more;
        }
        strcpy(names[n++].text, entry->d_name);
    }
    closedir(open);
    if (n)
        qsort(names, n, sizeof(*names), by_name);
    *ret = names;
    *ret_n = n;
    return 0;
}

int mail_read(const char *folder, const char *name, char **ret, size_t *ret_bytes, struct problem *problem)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    struct stat found;
    if (lstat(path, &found) && errno == ENOENT)
        return problem_set(problem, "gone", path, "%s is not there any more", path);
    if (!S_ISREG(found.st_mode) || found.st_size > ENVELOPE_BYTES_MAX)
        return problem_set(problem, "too-large", "", "an envelope is a file of at most %d bytes", ENVELOPE_BYTES_MAX);
    return file_read(path, ENVELOPE_BYTES_MAX, ret, ret_bytes, problem);
}

void mail_remove(const char *folder, const char *name)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), "%s/%s", folder, name);
    unlink(path);
}
