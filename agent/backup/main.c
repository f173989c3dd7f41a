/*
 * vedette-agent-backup: one backup, of what stands at some paths, to a target that the endpoint's owner pinned. Trusted
 * with: reading everything, as root; the agent's signing key. It has public keys only to seal for, so what it wrote it
 * cannot read; and its way to the target neither overwrites nor removes.
 */
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>

#include "agent/backup/paths.h"
#include "agent/backup/run.h"
#include "lib/log.h"
#include "lib/problem.h"

/* What is larger is asked of the system, and given back to it: glibc raises this to the largest that was freed
 * (mallopt(3)), and keeps a large file's room to the end. */
#define MAPPED_LEAST_BYTES (1 << 20)

static volatile sig_atomic_t signalled;

static void take_signal(int number)
{
    (void)number;
    signalled = 1;
}

static bool stopped(void)
{
    return signalled;
}

int main(int argc, char **argv)
{
    struct backup_options options;
    struct commit commit;
    struct problem problem;
    const struct sigaction action = { .sa_handler = take_signal };
    mallopt(M_MMAP_THRESHOLD, MAPPED_LEAST_BYTES);
    crypto_open();
    log_open("vedette-agent-backup", LOG_LEVEL_INFO);
    if (options_parse(argc, argv, &options))
        return 2;
    if (options.ordered)
        setpriority(PRIO_PROCESS, 0, 19); /* after everything that people wait for */
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    int error = backup_run(&options, stopped, &commit, &problem);
    if (error) {
        log_problem(LOG_LEVEL_ERROR, "backup.failed", &problem);
    } else {
        log_info("backup.done", LOG_TEXT("backup", commit.backup), LOG_INT("files", commit.files),
            LOG_INT("changed_files", commit.changed_files), LOG_INT("content_bytes", commit.content_bytes),
            LOG_INT("new_bytes", commit.new_bytes), LOG_INT("unsteady_files", commit.unsteady_files),
            LOG_INT("unread_files", commit.unread_files), LOG_INT("segments", commit.n_segments),
            LOG_INT("took_ms", commit.ended_ms - commit.began_ms));
        commit_free(&commit);
    }
    paths_free(&options);
    return error ? 1 : 0;
}
