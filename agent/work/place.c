#include "agent/work/place.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "agent/activity.h"
#include "agent/options.h"
#include "agent/state.h"
#include "agent/work/activity.h"
#include "agent/work/people/answer.h"
#include "lib/clock.h"
#include "lib/files.h"
#include "lib/problem.h"

#define LOCK_WAIT_MS 20000 /* the runners of one that was killed end their tasks first, and hold its lock meanwhile */

static int make_folders(struct problem *problem)
{
    static const char *const folders[] = { TRUST_DIR, DOCUMENTS_DIR, PROGRESS_DIR, UNTOLD_DIR, ORDERS_DIR, KEYS_DIR };
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        if (dir_make(folders[i], 0700, problem))
            return -1;
    }
    return 0;
}

/* *ret_work: where to go from there. */
static int enter_state(const struct options *options, const char **ret_work, struct problem *problem)
{
    bool installed = state_is_installed(options->state);
    *ret_work = installed ? WORK_INSTALLED : "work";
    if (!installed)
        return state_enter(options->state, problem);
    return chdir(options->state)
               ? problem_errno(problem, "not-enrolled", options->state, "cannot enter %s", options->state)
               : 0;
}

int place_enter(const struct options *options, int *ret_state, struct problem *problem)
{
    struct stat found;
    const char *work;
    char log[PATH_MAX];
    if (enter_state(options, &work, problem))
        return -1;
    int state = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), error;
    if (state < 0 || (mkdir(work, 0700) && errno != EEXIST) || chdir(work) || stat(".", &found))
        error = problem_errno(problem, "bad-state", work, "cannot enter %s", work);
    else if (found.st_uid != geteuid() || found.st_mode & 077)
        error = problem_set(problem, "loose-permissions", work,
            "%s must be a directory of this user with mode 0700; it is %04o of user %u", work, found.st_mode & 07777,
            found.st_uid);
    else
        error = make_folders(problem);
    if (error) {
        if (state >= 0)
            close(state);
        return -1;
    }
    activity_path(options, log);
    activity_open(*work == '/' ? log : ACTIVITY_FILE);
    *ret_state = state;
    return 0;
}

/* Anybody may put an answer here; whose it is says the owner of the file. */
int place_answers(const struct options *options, struct problem *problem)
{
    return answer_open(state_is_installed(options->state) ? ANSWERS_INSTALLED : ANSWERS_DIR, problem);
}

int place_lock(struct problem *problem)
{
    const struct timespec pause = { 0, 20000000 };
    int64_t until_ms = clock_mono_ms() + LOCK_WAIT_MS;
    int fd = open(WORK_LOCK_FILE, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return problem_errno(problem, "bad-state", WORK_LOCK_FILE, "cannot open %s", WORK_LOCK_FILE);
    while (flock(fd, LOCK_EX | LOCK_NB)) {
        if (clock_mono_ms() > until_ms) {
            close(fd);
            return problem_set(problem, "already-running", WORK_LOCK_FILE, "another vedette-agent-work runs here");
        }
        nanosleep(&pause, NULL);
    }
    return 0;
}
