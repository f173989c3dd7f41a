#include "agent/backup/dumps.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent/backup/paths.h"
#include "lib/db.h"
#include "lib/files.h"
#include "lib/log.h"
#include "lib/problem.h"

#define LOOK_NS 50000000
#define COPIES_FILE "copies" /* in the home: where they are */

/* Its exit status; -1: it was ended by a signal, or we were stopped and ended it. */
static int await(pid_t pid, bool (*stopped)(void *arg), void *arg)
{
    int status;
    pid_t found;
    while ((found = waitpid(pid, &status, WNOHANG)) == 0) {
        if (stopped(arg))
            kill(pid, SIGKILL);
        nanosleep(&(struct timespec){ .tv_nsec = LOOK_NS }, NULL);
    }
    return found == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Only its owner's, and in a folder that is: nobody else put it there. */
static int check_trusted(const char *path, mode_t kind, struct problem *problem)
{
    struct stat found;
    if (lstat(path, &found))
        return problem_errno(problem, "no-dump", path, "there is no %.150s", path);
    if ((found.st_mode & S_IFMT) != kind || (found.st_uid != 0 && found.st_uid != geteuid()) || found.st_mode & 022)
        return problem_set(problem, "loose-permissions", path,
            "%.150s must belong to root and be writable by nobody else; it is %04o of user %u", path,
            found.st_mode & 07777, found.st_uid);
    return 0;
}

/* The folder dumps beside the owner's targets. */
static int find_command(
    const struct backup_options *options, const char *name, char ret[PATH_MAX], struct problem *problem)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(options->targets, '/');
    size_t length = slash ? (size_t)(slash - options->targets) : 0;
    snprintf(folder, sizeof(folder), "%.*s/" DUMPS_DIR, length < 3000 ? (int)length : 0, options->targets);
    snprintf(ret, PATH_MAX, "%.3500s/%.100s", folder, name);
    return check_trusted(folder, S_IFDIR, problem) || check_trusted(ret, S_IFREG, problem) ? -1 : 0;
}

static void become_command(const char *command, int output)
{
    static char *const environment[] = { (char *)"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        (char *)"LANG=C.UTF-8", (char *)"HOME=/", NULL };
    char *const argv[] = { (char *)command, NULL };
    int input = open("/dev/null", O_RDONLY);
    if (input < 0 || dup2(input, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        close_range(STDERR_FILENO + 1, ~0u, 0) || chdir("/"))
        _exit(126);
    execve(command, argv, environment);
    _exit(127);
}

static int dump(const struct backup_options *options, const char *name, bool (*stopped)(void *arg), void *arg,
    struct problem *problem)
{
    char command[PATH_MAX], file[64];
    if (find_command(options, name, command, problem))
        return -1;
    snprintf(file, sizeof(file), DUMPS_DIR "/%.40s", name);
    unlink(file);
    int output = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (output < 0)
        return problem_errno(problem, "file", file, "cannot write the dump %s", name);
    pid_t pid = fork();
    if (!pid)
        become_command(command, output);
    int status = pid < 0 ? -1 : await(pid, stopped, arg);
    bool kept = !fsync(output);
    if (close(output) || !kept)
        return problem_errno(problem, "file", file, "cannot keep the dump %s", name);
    return status ? problem_set(
                        problem, "dump-failed", name, "the command of the dump %s ended with status %d", name, status)
                  : 0;
}

static int make_dumps(struct backup_options *options, bool (*stopped)(void *arg), void *arg, struct problem *problem)
{
    char folder[PATH_MAX];
    if (!options->n_dumps)
        return 0;
    if (dir_make(DUMPS_DIR, 0700, problem))
        return -1;
    for (size_t i = 0; i < options->n_dumps; i++) {
        if (dump(options, options->dumps[i], stopped, arg, problem))
            return -1;
    }
    if (!realpath(DUMPS_DIR, folder) || !(options->paths[options->n_paths] = strdup(folder)))
        return problem_errno(problem, "file", DUMPS_DIR, "cannot tell where dumps are");
    options->n_paths++;
    return 0;
}

/* For the rest of this process. Root's own, and where we are not root, as we are. */
static int become_owner(const struct stat *database)
{
    if (geteuid() || !database->st_uid)
        return 0;
    return setgroups(0, NULL) || setresgid(database->st_gid, database->st_gid, database->st_gid) ||
                   setresuid(database->st_uid, database->st_uid, database->st_uid)
               ? -1
               : 0;
}

static void copy_as_owner(const char *path, const struct stat *database, const char *file)
{
    struct problem problem;
    umask(077);
    if (become_owner(database))
        _exit(126);
    if (db_copy(path, file, DATABASE_WAIT_MS, &problem)) {
        log_problem(LOG_LEVEL_ERROR, "backup.database", &problem);
        _exit(1);
    }
    _exit(0);
}

/* A folder of its owner's, in one that he may enter and not read. */
static int make_place(struct dumps *dumps, const struct stat *database, char ret[PATH_MAX], struct problem *problem)
{
    snprintf(ret, PATH_MAX, "%s/%zu", dumps->copies, dumps->n);
    if (mkdir(ret, 0700) || (!geteuid() && chown(ret, database->st_uid, database->st_gid)))
        return problem_errno(problem, "file", ret, "cannot make %s for the copy of a database", ret);
    return 0;
}

static int keep_stand_in(struct dumps *dumps, const char *path, const char *file, struct problem *problem)
{
    char *copy = strdup(file);
    if (!copy)
        return problem_set(problem, "no-memory", "", "no memory for a database");
    dumps->files[dumps->n] = copy;
    dumps->stand_ins[dumps->n++] = (struct stand_in){ path, copy };
    return 0;
}

static int copy_database(
    struct dumps *dumps, const char *path, bool (*stopped)(void *arg), void *arg, struct problem *problem)
{
    char place[PATH_MAX], file[PATH_MAX];
    struct stat database;
    if (lstat(path, &database) || !S_ISREG(database.st_mode))
        return problem_set(problem, "database-failed", path, "%.150s is no file", path);
    if (make_place(dumps, &database, place, problem))
        return -1;
    snprintf(file, sizeof(file), "%.4000s/copy", place);
    pid_t pid = fork();
    if (!pid)
        copy_as_owner(path, &database, file);
    if (pid < 0 || await(pid, stopped, arg))
        return problem_set(problem, "database-failed", path, "the database %.150s could not be copied", path);
    return keep_stand_in(dumps, path, file, problem);
}

/* It goes with the copy; what stands beside the database is of no use without the file itself. */
static int add_paths(struct backup_options *options, const char *path, struct problem *problem)
{
    static const char *const beside[] = { "-wal", "-shm", "-journal" };
    char *own = strdup(path);
    bool whole = own != NULL;
    if (own)
        options->paths[options->n_paths++] = own;
    for (size_t i = 0; i < sizeof(beside) / sizeof(*beside) && whole; i++) {
        char *one = NULL;
        whole = asprintf(&one, "%s%s", path, beside[i]) > 0;
        if (whole)
            options->excluded[options->n_excluded++] = one;
    }
    return whole ? 0 : problem_set(problem, "no-memory", "", "no memory for a database");
}

static void empty(const char *folder)
{
    DIR *all = opendir(folder);
    for (struct dirent *entry; all && (entry = readdir(all));) {
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(all), entry->d_name, 0);
    }
    if (all)
        closedir(all);
}

static void remove_copies(const char *copies)
{
    char place[PATH_MAX];
    for (size_t i = 0; i < DATABASES_MAX; i++) {
        snprintf(place, sizeof(place), "%.100s/%zu", copies, i);
        if (!access(place, F_OK))
            empty(place);
        rmdir(place);
    }
    rmdir(copies);
}

/* What a run that was killed has left. */
static void forget_copies(void)
{
    char *copies;
    size_t bytes;
    if (access(COPIES_FILE, F_OK) || file_read(COPIES_FILE, sizeof(COPIES_PLACE), &copies, &bytes, NULL))
        return;
    if (bytes == strlen(COPIES_PLACE) && !strncmp(copies, COPIES_PLACE, bytes - strlen("XXXXXX")))
        remove_copies(copies);
    free(copies);
    unlink(COPIES_FILE);
}

static int copy_databases(
    struct backup_options *options, struct dumps *dumps, bool (*stopped)(void *arg), void *arg, struct problem *problem)
{
    if (!options->n_databases)
        return 0;
    char copies[] = COPIES_PLACE;
    forget_copies();
    if (!mkdtemp(copies) || chmod(copies, 0711) || file_write(COPIES_FILE, copies, strlen(copies), 0600, problem))
        return problem_errno(problem, "file", COPIES_PLACE, "cannot make a folder for copies of databases");
    strcpy(dumps->copies, copies);
    for (size_t i = 0; i < options->n_databases; i++) {
        if (copy_database(dumps, options->databases[i], stopped, arg, problem) ||
            add_paths(options, options->databases[i], problem))
            return -1;
    }
    return 0;
}

int dumps_make(
    struct backup_options *options, bool (*stopped)(void *arg), void *arg, struct dumps *ret, struct problem *problem)
{
    *ret = (struct dumps){ 0 };
    if (copy_databases(options, ret, stopped, arg, problem) || make_dumps(options, stopped, arg, problem))
        return -1;
    paths_order(options);
    return 0;
}

void dumps_clear(struct dumps *dumps)
{
    empty(DUMPS_DIR);
    if (*dumps->copies)
        forget_copies();
    for (size_t i = 0; i < dumps->n; i++)
        free(dumps->files[i]);
    *dumps = (struct dumps){ 0 };
}
