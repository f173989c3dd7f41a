/* Which files are kept: the scheduler knows what documents name, so it is asked; without its answer nothing goes. */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/bus/bus.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/log.h"
#include "lib/loop.h"
#include "lib/problem.h"
#include "services/ingest/files/files.h"
#include "services/ingest/ingest.h"

#define LOOK_MS (60 * 60 * 1000)
#define FIRST_LOOK_US 5000000 /* after a start, once the scheduler may be there */
#define AGAIN_US 60000000     /* it was not */
/* A file is put before the document that names it; and after its last one is over */
#define GRACE_MS (24 * 60 * 60 * 1000)
#define DEADLINE_MS 30000
#define PATH_BYTES (sizeof(FILES_FOLDER) + NAME_MAX + 2)

struct keeper {
    struct ingest *ingest;
    struct loop_timer *due;
    size_t n; /* asked about */
    char asked[FILES_MAX][HEX_BYTES(SHA256_BYTES)];
};

static bool is_old(const char *path)
{
    struct stat found;
    return !stat(path, &found) && clock_wall_ms() - (int64_t)found.st_mtime * 1000 > GRACE_MS;
}

/* Its hash; false: the name is none of ours. */
static bool hash_of(const char *name, char ret[HEX_BYTES(SHA256_BYTES)])
{
    size_t digits = strspn(name, "0123456789abcdef");
    if (digits != 2 * SHA256_BYTES || (name[digits] && strcmp(name + digits, ".part")))
        return false;
    snprintf(ret, HEX_BYTES(SHA256_BYTES), "%.64s", name);
    return true;
}

static void remove_old(const char *sha256)
{
    static const char *const ends[] = { "", ".part" };
    for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
        char path[PATH_BYTES];
        snprintf(path, sizeof(path), FILES_FOLDER "/%.64s%s", sha256, ends[i]);
        if (is_old(path) && !unlink(path))
            log_info("file.removed", LOG_TEXT("sha256", sha256), LOG_TEXT("reason", "no document names it"));
    }
}

/* Its grace begins anew. */
static void keep(const char *sha256)
{
    char path[PATH_BYTES];
    snprintf(path, sizeof(path), FILES_FOLDER "/%.64s", sha256);
    utimensat(AT_FDCWD, path, NULL, 0);
}

static bool is_named(const struct call_file_named_reply *reply, const char *sha256)
{
    for (size_t i = 0; i < reply->n_rows; i++) {
        if (!strcmp(reply->rows[i].file_sha256, sha256))
            return true;
    }
    return false;
}

static void answered(void *arg, const struct problem *refused, const void *reply)
{
    struct keeper *keeper = arg;
    if (refused) {
        log_problem(LOG_LEVEL_WARNING, "files.not-looked-at", refused);
        loop_timer_set(keeper->due, AGAIN_US);
        return;
    }
    for (size_t i = 0; i < keeper->n; i++) {
        if (is_named(reply, keeper->asked[i]))
            keep(keeper->asked[i]);
        else
            remove_old(keeper->asked[i]);
    }
}

/* What is old enough to go. */
static void list_old(struct keeper *keeper)
{
    DIR *folder = opendir(FILES_FOLDER);
    keeper->n = 0;
    for (struct dirent *entry; folder && keeper->n < FILES_MAX && (entry = readdir(folder));) {
        char path[PATH_BYTES];
        snprintf(path, sizeof(path), FILES_FOLDER "/%s", entry->d_name);
        keeper->n += hash_of(entry->d_name, keeper->asked[keeper->n]) && is_old(path);
    }
    if (folder)
        closedir(folder);
}

static void look(void *arg)
{
    struct keeper *keeper = arg;
    struct call_file_named_row rows[FILES_MAX];
    loop_timer_set(keeper->due, (int64_t)LOOK_MS * 1000);
    list_old(keeper);
    for (size_t i = 0; i < keeper->n; i++)
        rows[i].file_sha256 = keeper->asked[i];
    const struct call_file_named request = { .n_rows = keeper->n, .rows = rows };
    if (keeper->n)
        ask_file_named(keeper->ingest->program.bus, NULL, &request, DEADLINE_MS, answered, keeper);
}

int files_keep(struct ingest *ingest, struct problem *problem)
{
    static struct keeper keeper;
    keeper.ingest = ingest;
    keeper.due = loop_timer(ingest->program.loop, look, &keeper);
    if (!keeper.due)
        return problem_errno(problem, "no-memory", "", "no timer for files");
    loop_timer_set(keeper.due, FIRST_LOOK_US);
    return 0;
}
