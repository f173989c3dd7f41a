#include "agent/work/runs/files.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/fetched.h"
#include "agent/mail.h"
#include "agent/work/envelopes/post.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define CLEAR_LIMIT_MS 5000 /* meanwhile no freeze is looked for */
#define FOLDER "/var/tmp/vedette-run-XXXXXX" /* not /tmp, which may be memory */

bool files_is_here(const struct post *post, const char *sha256, uint64_t bytes, struct files_ask *ret_ask)
{
    if (post_enter(post, NULL))
        return false;
    bool open = !fetched_open(NULL), here = open && fetched_has(sha256);
    uint64_t offset;
    if (open && !here) {
        fetched_want(sha256, bytes);
        if (mail_comes_by_parcel() && fetched_may_ask(sha256, clock_wall_ms(), &offset))
            *ret_ask = (struct files_ask){ sha256, offset };
    }
    post_leave(post);
    return here;
}

/* From the last on, so that the first that is missing is asked for first. */
bool files_are_here(const struct post *post, const struct document_task *task, struct files_ask *ret_ask)
{
    bool here = true;
    for (size_t i = task->n_files; i-- > 0;)
        here = files_is_here(post, task->files[i].sha256, task->files[i].bytes, ret_ask) && here;
    return here;
}

void files_asked(const struct post *post, const struct files_ask *ask)
{
    if (post_enter(post, NULL))
        return;
    fetched_asked(ask->sha256, ask->offset + FETCHED_ASK_BYTES);
    post_leave(post);
}

int files_take(const struct post *post, const struct envelope_file *piece, struct problem *problem)
{
    if (post_enter(post, problem))
        return -1;
    int error = fetched_append(piece->file_sha256, piece->offset, piece->data, problem);
    if (!error && fetched_offset(piece->file_sha256) >= fetched_bytes(piece->file_sha256))
        error = fetched_complete(piece->file_sha256, problem);
    post_leave(post);
    return error;
}

/* With the mail's rights: what lies there may be a link to anything. */
static int open_fetched(const struct post *post, const char *sha256)
{
    char path[FETCHED_PATH_BYTES];
    if (post_enter(post, NULL))
        return -1;
    fetched_path(sha256, "", path);
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    post_leave(post);
    return fd;
}

void files_forget(const struct post *post, const char *sha256)
{
    if (post_enter(post, NULL))
        return;
    fetched_forget(sha256);
    post_leave(post);
}

/* Folders on the way to it. The rules have made sure that it stays below. */
static void make_folders(int folder, const char *path)
{
    char part[256];
    for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
        snprintf(part, sizeof(part), "%.*s", (int)(slash - path), path);
        mkdirat(folder, part, 0700);
    }
}

/* All of it, if it is what was signed. NULL: it is not. */
static char *read_signed(int from, const char *sha256, uint64_t bytes)
{
    uint8_t found[SHA256_BYTES], wanted[SHA256_BYTES];
    char *data = bytes <= FETCHED_FILE_BYTES_MAX ? malloc(bytes + 1) : NULL;
    uint64_t length = 0;
    ssize_t count = 1;
    while (data && length <= bytes && (count = read(from, data + length, bytes + 1 - length)) > 0)
        length += (uint64_t)count;
    if (data && !count && length == bytes && !crypto_unhex(sha256, wanted, sizeof(wanted))) {
        crypto_sha256(data, bytes, found);
        if (crypto_equal(found, wanted, sizeof(wanted)))
            return data;
    }
    free(data);
    return NULL;
}

static int bad_file(const struct post *post, const char *sha256, const char *name, struct problem *problem)
{
    files_forget(post, sha256);
    return problem_set(
        problem, "bad-file", "files", "%.100s is not the file that was signed, or could not be copied", name);
}

int files_read(const struct post *post, const char *sha256, uint64_t bytes, char **ret, struct problem *problem)
{
    int from = open_fetched(post, sha256);
    char *data = from < 0 ? NULL : read_signed(from, sha256, bytes);
    if (from >= 0)
        close(from);
    if (!data)
        return bad_file(post, sha256, sha256, problem);
    *ret = data;
    return 0;
}

/* As the task's user, so that it is that user's, and a link leads no further than that user's rights. */
static int create(int folder, const char *path, const struct account *account)
{
    setfsgid(account->gid);
    setfsuid(account->uid);
    make_folders(folder, path);
    int fd = openat(folder, path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0700);
    setfsuid(geteuid());
    setfsgid(getegid());
    return fd;
}

static int lay_one(const struct post *post, int folder, const struct document_file *file, const struct account *account,
    struct problem *problem)
{
    char *data;
    if (files_read(post, file->sha256, file->bytes, &data, problem))
        return bad_file(post, file->sha256, file->path, problem);
    int to = create(folder, file->path, account);
    int error = to < 0 || write(to, data, file->bytes) != (ssize_t)file->bytes;
    free(data);
    if (to >= 0)
        close(to);
    return error ? bad_file(post, file->sha256, file->path, problem) : 0;
}

int files_lay_out(const struct post *post, const struct document_task *task, const struct account *account,
    char ret_folder[PATH_MAX], struct problem *problem)
{
    snprintf(ret_folder, PATH_MAX, FOLDER);
    int folder = mkdtemp(ret_folder) ? open(ret_folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC) : -1;
    if (folder < 0 || fchown(folder, account->uid, account->gid)) {
        problem_errno(problem, "no-run", ret_folder, "cannot make the run's folder");
        if (folder >= 0)
            close(folder);
        return -1;
    }
    int error = 0;
    for (size_t i = 0; i < task->n_files && !error; i++)
        error = lay_one(post, folder, &task->files[i], account, problem);
    close(folder);
    if (error)
        files_clear(ret_folder, account);
    return error;
}

void files_forget_all(const struct post *post, const struct document_task *task)
{
    for (size_t i = 0; i < task->n_files; i++)
        files_forget(post, task->files[i].sha256);
}

/* Whoever's folder it is may have made it one that does not answer, or never ends. */
static void await_end(pid_t pid)
{
    const struct timespec pause = { 0, 2000000 };
    int64_t until_ms = clock_mono_ms() + CLEAR_LIMIT_MS;
    while (!waitpid(pid, NULL, WNOHANG)) {
        if (clock_mono_ms() > until_ms) {
            kill(pid, SIGKILL);
            return; /* our end is its end */
        }
        nanosleep(&pause, NULL);
    }
}

void files_clear(const char *folder, const struct account *account)
{
    pid_t pid = fork();
    if (!pid) {
        char *const argv[] = { (char *)"/bin/rm", (char *)"-rf", (char *)"--", (char *)folder, NULL };
        char *const environment[] = { NULL };
        if (!account_become(account))
            execve(argv[0], argv, environment);
        _exit(127);
    }
    if (pid > 0)
        await_end(pid);
}
