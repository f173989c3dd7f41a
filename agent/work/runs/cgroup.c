#include "agent/work/runs/cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "lib/files.h"

#define LEAF "vedette-work"        /* where we go ourselves: a group with processes cannot have groups with limits */
#define PROCESSES_MAX 65536        /* that are told one by one to end, before Linux 5.14 */
#define FILE_LIMIT_BYTES (1 << 20) /* pids of so many */

static char own[256]; /* our own group's folder */

static int put(const char *folder, const char *file, const char *text)
{
    char path[768];
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    ssize_t length = (ssize_t)strlen(text);
    int error = write(fd, text, (size_t)length) != length;
    close(fd);
    return error ? -1 : 0;
}

/* The text of a file of the group, the caller's to free; NULL. */
static char *get(const char *folder, const char *file)
{
    char path[768], *text;
    size_t bytes;
    snprintf(path, sizeof(path), "%s/%s", folder, file);
    return file_read(path, FILE_LIMIT_BYTES, &text, &bytes, NULL) ? NULL : text;
}

/* "0::/system.slice/x" of /proc/self/cgroup, below where version 2 is mounted, alone or beside version 1. */
static void find_own(void)
{
    static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };
    char *text = get("/proc/self", "cgroup"), *line = text ? strstr(text, "0::/") : NULL;
    for (size_t i = 0; line && (line == text || line[-1] == '\n') && !*own && i < 2; i++) {
        char controllers[320];
        snprintf(own, sizeof(own), "%s%.*s", mounts[i], (int)strcspn(line + 3, "\n"), line + 3);
        snprintf(controllers, sizeof(controllers), "%s/cgroup.controllers", own);
        if (access(controllers, R_OK))
            *own = '\0';
    }
    free(text);
}

void cgroup_open(void)
{
    char leaf[512], delegated[2];
    find_own();
    if (!*own || !put(own, "cgroup.subtree_control", "+memory +pids"))
        return;
    /* systemd marks a group whose inside is ours. */
    if (getxattr(own, "trusted.delegate", delegated, sizeof(delegated)) <= 0 &&
        getxattr(own, "user.delegate", delegated, sizeof(delegated)) <= 0)
        return;
    snprintf(leaf, sizeof(leaf), "%s/" LEAF, own);
    if (mkdir(leaf, 0755) && errno != EEXIST)
        return;
    if (!put(leaf, "cgroup.procs", "0"))
        put(own, "cgroup.subtree_control", "+memory +pids");
}

void cgroup_tidy(const char *begin)
{
    char name[128];
    int length = snprintf(name, sizeof(name), "vedette-%s", begin);
    DIR *folder = *own ? opendir(own) : NULL;
    for (struct dirent *entry; folder && (entry = readdir(folder));) {
        struct cgroup left = { 0 };
        if (strncmp(entry->d_name, name, (size_t)length))
            continue;
        snprintf(left.path, sizeof(left.path), "%s/%s", own, entry->d_name);
        cgroup_kill(&left);
        cgroup_remove(&left);
    }
    if (folder)
        closedir(folder);
}

void cgroup_make(const char *name, int64_t memory_bytes, int64_t processes, struct cgroup *ret)
{
    char number[24];
    *ret = (struct cgroup){ 0 };
    if (!*own)
        return;
    snprintf(ret->path, sizeof(ret->path), "%s/vedette-%s", own, name);
    /* One of that name is left of a crash: whatever is still in it belongs to a run that is over. */
    if (mkdir(ret->path, 0755) && errno == EEXIST)
        cgroup_kill(ret);
    if (access(ret->path, X_OK)) {
        *ret->path = '\0';
        return;
    }
    snprintf(number, sizeof(number), "%lld", (long long)memory_bytes);
    ret->memory = !put(ret->path, "memory.max", number);
    if (ret->memory)
        put(ret->path, "memory.swap.max", "0");
    snprintf(number, sizeof(number), "%lld", (long long)processes);
    ret->processes = !put(ret->path, "pids.max", number);
}

int cgroup_enter(const struct cgroup *cgroup)
{
    return put(cgroup->path, "cgroup.procs", "0");
}

void cgroup_kill(const struct cgroup *cgroup)
{
    if (!put(cgroup->path, "cgroup.kill", "1"))
        return;
    char *text = get(cgroup->path, "cgroup.procs");
    char *at = text;
    for (int i = 0; at && *at && i < PROCESSES_MAX; i++) {
        long pid = strtol(at, &at, 10);
        if (pid > 1)
            kill((pid_t)pid, SIGKILL);
        at += *at == '\n';
    }
    free(text);
}

bool cgroup_is_empty(const struct cgroup *cgroup)
{
    char *text = get(cgroup->path, "cgroup.procs");
    bool empty = !text || !*text;
    free(text);
    return empty;
}

void cgroup_remove(struct cgroup *cgroup)
{
    if (*cgroup->path)
        rmdir(cgroup->path);
    *cgroup->path = '\0';
}
