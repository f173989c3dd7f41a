#include "cli/prove/trial.h"

#include <errno.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/prove/compare.h"
#include "cli/restore/pick.h"
#include "cli/restore/unlock.h"
#include "lib/clock.h"
#include "lib/problem.h"
#include "lib/restore/choose.h"
#include "lib/restore/extract.h"
#include "lib/sandbox/sandbox.h"

#define FOLDERS_OPEN 64            /* of nftw at a time */
#define TRIAL_MS (2 * 3600 * 1000) /* half a GiB, twice, over a line of 2 Mbit/s */
#define READABLE_MAX 8
#ifdef __SANITIZE_ADDRESS__
#define MEMORY_BYTES RLIM_INFINITY /* the sanitizer's shadow takes terabytes of addresses */
#else
#define MEMORY_BYTES (4ul << 30) /* a tree of 20 million entries */
#endif

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status;
    (void)at;
    return type == FTW_DP ? rmdir(path) : unlink(path);
}

static int clear(const char *folder, struct problem *problem)
{
    return nftw(folder, remove_one, FOLDERS_OPEN, FTW_DEPTH | FTW_PHYS | FTW_MOUNT) && errno != ENOENT
               ? problem_errno(problem, "file", folder, "cannot clear %s", folder)
               : 0;
}

static int confine(const struct proving *proving, const char *folder, struct problem *problem)
{
    const struct target_conf *conf = &proving->conf;
    const char *const wanted[] = { conf->kind == TARGET_DIRECTORY ? conf->path : "", conf->credentials, conf->ca,
        "/etc/ssl", "/usr/lib/ssl", "/usr/share/ca-certificates" };
    const char *readable[READABLE_MAX] = { NULL };
    size_t n = 0;
    for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
        if (*wanted[i] && !access(wanted[i], F_OK))
            readable[n++] = wanted[i];
    }
    const struct rlimit file = { proving->limits.bytes, proving->limits.bytes },
                        memory = { MEMORY_BYTES, MEMORY_BYTES };
    if (setrlimit(RLIMIT_FSIZE, &file) || setrlimit(RLIMIT_DATA, &memory))
        return problem_errno(problem, "sandbox", "limits", "cannot set limits");
    const struct sandbox sandbox = { .writable = (const char *const[]){ folder, NULL },
        .readable = readable,
        .network = conf->kind != TARGET_DIRECTORY,
        .restores = true };
    return sandbox_confine(&sandbox, problem);
}

/* All that one trial works with; the process ends with it. */
struct trial {
    struct proof_look *look;
    struct target *target;
    struct picked picked;
    struct reader_key key;
    struct reader reader;
    struct opened opened;
    uint8_t *chosen;
    struct trial_result *result;
};

static int open_backup(struct trial *trial, const char *backup, struct problem *problem)
{
    const struct proving *proving = trial->look->proving;
    trial->key = (struct reader_key){ .own = proving->key, .owner = trial->picked.signer };
    if (!(trial->target = target_open(&proving->conf, &(struct target_manner){ 0 }, problem)) ||
        pick_commit(trial->target, trial->look->agent, backup, NULL, &trial->picked, problem))
        return -1;
    if (!proof_trusts(trial->look, trial->picked.signer))
        return problem_set(problem, "unknown-signer", "", "the commit is signed by %s", trial->picked.signer);
    if (reader_make(&trial->reader, trial->target, &trial->key, &trial->picked.commit))
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    return unlock_with(&trial->reader, &trial->opened, problem);
}

/* A file system in memory may have less room than was meant: a quarter of it stays free. */
static struct sample_limits limits_in(const struct sample_limits *limits, const char *folder)
{
    struct statvfs status;
    struct sample_limits fit = *limits;
    if (statvfs(folder, &status))
        return fit;
    uint64_t room = (uint64_t)status.f_bavail * status.f_frsize / 4 * 3;
    fit.bytes = room < fit.bytes ? room : fit.bytes;
    return fit;
}

static int draw(struct trial *trial, const char *folder, struct problem *problem)
{
    const struct sample_limits limits = limits_in(&trial->look->proving->limits, folder);
    uint8_t seed[SAMPLE_SEED_BYTES];
    uint32_t files = 0;
    crypto_random(seed, sizeof(seed));
    trial->chosen = sample_draw(&trial->opened.nodes, seed, &limits, &trial->result->files, &trial->result->bytes);
    if (!trial->chosen)
        return problem_set(problem, "no-memory", "", "no memory to restore with");
    for (uint32_t i = 0; i < trial->opened.nodes.n; i++)
        files += trial->opened.nodes.all[i].entry.type == ENTRY_FILE;
    if (files && !trial->result->files)
        return problem_set(problem, "too-large", "", "every file of it is larger than --bytes, or than there is room");
    sample_disarm(&trial->opened.nodes, trial->chosen, geteuid(), getegid());
    return 0;
}

static int bring_back(struct trial *trial, const char *folder, struct problem *problem)
{
    struct beneath beneath;
    struct extracted extracted;
    if (beneath_open(folder, NULL, &beneath, problem))
        return -1;
    const struct extract_job job = { .conf = &trial->look->proving->conf,
        .key = &trial->key,
        .commit = &trial->picked.commit,
        .nodes = &trial->opened.nodes,
        .chosen = trial->chosen,
        .beneath = &beneath };
    if (choose_room(&trial->opened.nodes, trial->chosen, beneath.fd, problem) || extract(&job, &extracted, problem))
        return -1;
    if (extracted.failed)
        return problem_set(problem, "not-restored", "", "%u of %u could not be brought back",
            (unsigned)extracted.failed, trial->result->files);
    return compare_files(&beneath, &trial->reader, &trial->opened.nodes, trial->chosen, problem);
}

/* What this machine lacks says nothing of the backup. */
static bool is_ours(const struct problem *problem)
{
    return !strcmp(problem->code, "sandbox") || !strcmp(problem->code, "no-memory") ||
           !strcmp(problem->code, "no-room");
}

static void try(struct proof_look *look, const char *backup, const char *folder, struct trial_result *ret)
{
    struct trial trial = { .look = look, .result = ret };
    struct problem problem;
    ret->proven = !confine(look->proving, folder, &problem) && !open_backup(&trial, backup, &problem) &&
                  !draw(&trial, folder, &problem) && !bring_back(&trial, folder, &problem);
    ret->tried = ret->proven || !is_ours(&problem);
    if (!ret->proven)
        snprintf(ret->reason, sizeof(ret->reason), "%.150s (%.40s)", problem.reason, problem.code);
}

static int64_t left_ms(int64_t until_ms)
{
    int64_t left = until_ms - clock_mono_ms();
    return left > 0 ? left : 0;
}

/* What came out of there is not trusted to be more than it is. */
static void tame(struct trial_result *result)
{
    result->reason[sizeof(result->reason) - 1] = '\0';
    for (char *at = result->reason; *at; at++) {
        if (*at < ' ' || *at > '~')
            *at = '?';
    }
}

/* A result, if there is a whole one within the time. */
static bool hear(int pipe, int64_t until_ms, struct trial_result *ret)
{
    struct pollfd poll_fd = { .fd = pipe, .events = POLLIN };
    struct trial_result result;
    if (poll(&poll_fd, 1, (int)left_ms(until_ms)) <= 0 || read(pipe, &result, sizeof(result)) != sizeof(result))
        return false;
    tame(&result);
    *ret = result;
    return true;
}

static void run_child(struct proof_look *look, const char *backup, const char *folder, int pipe)
{
    struct trial_result result = { 0 };
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    try(look, backup, folder, &result);
    ssize_t n = write(pipe, &result, sizeof(result)); /* in one piece: it is less than PIPE_BUF */
    _exit(n == sizeof(result) ? 0 : 1);
}

static int run_parent(pid_t child, int pipe, int64_t until_ms, struct trial_result *ret, struct problem *problem)
{
    int status;
    bool heard = hear(pipe, until_ms, ret);
    if (!heard)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (heard)
        return ret->tried ? 0 : problem_set(problem, "not-tried", "", "%s", ret->reason);
    *ret = (struct trial_result){ .tried = true };
    snprintf(ret->reason, sizeof(ret->reason),
        left_ms(until_ms) ? "the restore died of it (signal %d)" : "it was not brought back within two hours",
        WIFSIGNALED(status) ? WTERMSIG(status) : 0);
    return 0;
}

static int fork_trial(
    struct proof_look *look, const char *backup, const char *folder, struct trial_result *ret, struct problem *problem)
{
    int ends[2];
    int64_t until_ms = clock_mono_ms() + TRIAL_MS;
    if (pipe(ends))
        return problem_errno(problem, "process", "", "cannot make a pipe");
    fflush(NULL);
    pid_t child = fork();
    if (!child) {
        close(ends[0]);
        run_child(look, backup, folder, ends[1]);
    }
    close(ends[1]);
    int error = child < 0 ? problem_errno(problem, "process", "", "cannot start a process")
                          : run_parent(child, ends[0], until_ms, ret, problem);
    close(ends[0]);
    return error;
}

int trial_run(struct proof_look *look, const char *backup, struct trial_result *ret, struct problem *problem)
{
    char folder[PATH_MAX];
    if (snprintf(folder, sizeof(folder), "%s/trial", look->proving->folder) >= (int)sizeof(folder))
        return problem_set(problem, "file", "--into", "the path of the folder is too long");
    if (clear(folder, problem))
        return -1;
    if (mkdir(folder, 0700))
        return problem_errno(problem, "file", folder, "cannot make %s", folder);
    int error = fork_trial(look, backup, folder, ret, problem);
    return clear(folder, error ? NULL : problem) || error ? -1 : 0;
}
