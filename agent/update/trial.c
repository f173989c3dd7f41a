#include "agent/update/trial.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/health.h"
#include "agent/helper.h"
#include "agent/programs.h"
#include "agent/state.h"
#include "lib/clock.h"
#include "lib/problem.h"

#define SYSTEMCTL "/usr/bin/systemctl"
#define SERVICE "vedette-agent.service"
#define SYSTEMCTL_LIMIT_MS 30000
#define DELIVERY_LIMIT_MS 60000
#define LOCK_LIMIT_MS 10000 /* the resident before says goodbye within 0.1 s */
#define END_LIMIT_MS 10000
#define ANSWER_BYTES 256

static int systemctl(const char *what, const char *how)
{
    char *const argv[] = { (char *)SYSTEMCTL, (char *)what, (char *)how, (char *)SERVICE, NULL };
    char said[ANSWER_BYTES];
    return helper_ask(SYSTEMCTL, argv, SYSTEMCTL_LIMIT_MS, said, sizeof(said));
}

int trial_restart(struct problem *problem)
{
    return systemctl("restart", "--quiet")
               ? problem_set(problem, "no-restart", SERVICE, "systemd cannot start " SERVICE)
               : 0;
}

/* One that was begun with a guard that was killed ends by itself; two at a time are refused, and the second would seem
 * to have crashed. */
static void wait_for_lock(const struct trial *trial)
{
    const struct timespec pause = { 0, 20000000 };
    int64_t until_ms = clock_mono_ms() + LOCK_LIMIT_MS;
    int fd = openat(trial->state_fd, LOCK_FILE, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) && clock_mono_ms() < until_ms)
        nanosleep(&pause, NULL);
    if (fd >= 0)
        close(fd);
}

/* The child ends with us, so that a guard that is killed leaves no second resident behind. */
static pid_t start_child(const struct trial *trial)
{
    char program[PATH_MAX];
    pid_t guard = getpid();
    programs_path(trial->folder, PROGRAMS_CURRENT, "vedette-agent", program);
    char *const argv[] = { program, (char *)"run", (char *)"--guarded", (char *)"--state", (char *)trial->state,
        trial->policy ? (char *)"--policy" : NULL, (char *)trial->policy, NULL };
    pid_t pid = fork();
    if (pid)
        return pid;
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    if (!prctl(PR_SET_PDEATHSIG, SIGTERM) && getppid() == guard)
        execv(program, argv);
    _exit(127);
}

static void start_tester(struct trial *trial)
{
    char program[PATH_MAX];
    programs_path(trial->folder, PROGRAMS_CURRENT, "vedette-agent-work", program);
    char *const argv[] = { program, (char *)"selftest", (char *)"--state", (char *)trial->state,
        trial->policy ? (char *)"--policy" : NULL, (char *)trial->policy, NULL };
    if (helper_spawn(program, argv, STDERR_FILENO, &trial->tester)) {
        trial->tester = 0;
        trial->seen.self_test = SELF_TEST_FAILED;
    }
}

int trial_start(struct trial *trial, struct problem *problem)
{
    trial_end(trial); /* of an attempt whose outcome could not be kept */
    trial->seen = (struct update_seen){ 0 };
    unlinkat(trial->state_fd, HEALTH_FILE, 0);
    trial->started_ms = clock_mono_ms();
    if (trial->installed) {
        if (trial_restart(problem))
            return -1;
    } else {
        wait_for_lock(trial);
        trial->resident = start_child(trial);
        if (trial->resident < 0)
            return problem_errno(problem, "no-restart", "", "cannot start the new version");
    }
    start_tester(trial);
    return 0;
}

/* The state directory is the agent's user's: no link of that user's is followed, no pipe waited for. */
static int read_health(const struct trial *trial, struct health *ret)
{
    char text[HEALTH_LIMIT_BYTES + 1];
    struct stat found;
    int fd = openat(trial->state_fd, HEALTH_FILE, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t count = fd >= 0 && !fstat(fd, &found) && S_ISREG(found.st_mode) ? read(fd, text, HEALTH_LIMIT_BYTES) : -1;
    if (fd >= 0)
        close(fd);
    return count <= 0 ? -1 : health_parse(text, (size_t)count, ret, NULL);
}

static void look_at_health(struct trial *trial, const char *version)
{
    struct health health;
    if (read_health(trial, &health) || strcmp(health.version, version))
        return;
    if (trial->installed && !trial->resident)
        trial->resident = health.pid;
    /* systemd has started it again: it had ended. */
    trial->seen.ended = trial->seen.ended || health.pid != trial->resident;
    trial->seen.beats = true;
    trial->seen.reached = trial->seen.reached || health.reached;
}

static void look_at_tester(struct trial *trial)
{
    int status;
    if (!trial->tester || waitpid(trial->tester, &status, WNOHANG) != trial->tester)
        return;
    trial->tester = 0;
    trial->seen.self_test = status ? SELF_TEST_FAILED : SELF_TEST_PASSED;
}

static bool has_ended(struct trial *trial)
{
    if (trial->installed)
        return systemctl("is-active", "--quiet") != 0;
    if (trial->resident && waitpid(trial->resident, NULL, WNOHANG) == trial->resident)
        trial->resident = 0;
    return !trial->resident;
}

void trial_look(struct trial *trial, const char *version)
{
    look_at_health(trial, version);
    look_at_tester(trial);
    trial->seen.ended = has_ended(trial) || trial->seen.ended;
    trial->seen.since_ms = clock_mono_ms() - trial->started_ms;
}

void trial_ask_predecessor(struct trial *trial)
{
    char program[PATH_MAX], said[ANSWER_BYTES];
    programs_path(trial->folder, PROGRAMS_PREVIOUS, "vedette-agent-carry", program);
    char *const argv[] = { program, (char *)"mail", (char *)"--state", (char *)trial->state, NULL };
    trial->seen.predecessor =
        helper_ask(program, argv, DELIVERY_LIMIT_MS, said, sizeof(said)) ? PREDECESSOR_DOES_NOT : PREDECESSOR_REACHES;
}

static void end_process(pid_t pid)
{
    const struct timespec pause = { 0, 20000000 };
    int64_t until_ms = clock_mono_ms() + END_LIMIT_MS;
    kill(pid, SIGTERM);
    while (!waitpid(pid, NULL, WNOHANG)) {
        if (clock_mono_ms() > until_ms)
            kill(pid, SIGKILL);
        nanosleep(&pause, NULL);
    }
}

void trial_end(struct trial *trial)
{
    if (trial->tester)
        end_process(trial->tester);
    if (!trial->installed && trial->resident > 0)
        end_process(trial->resident);
    trial->tester = trial->resident = 0;
}
