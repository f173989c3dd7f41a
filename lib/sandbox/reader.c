/* A process that reads what came from outside and hands on what it made of it: it needs memory, and the two pipes that
 * are open. */
#include <errno.h>
#include <grp.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/sandbox/sandbox.h"

#define NOBODY 65534 /* Debian's nobody and nogroup; who is not dumpable is not reached by others of them */
#define MEMORY_BYTES (256ul << 20) /* an envelope takes some times its 1 MiB */

#if defined(__x86_64__)
#define THIS_ARCH AUDIT_ARCH_X86_64 /* x32 has the same; its numbers are none of the list */
#elif defined(__aarch64__)
#define THIS_ARCH AUDIT_ARCH_AARCH64
#else
#error "which system calls has this machine?"
#endif

static int become_nobody(struct problem *problem)
{
    if (geteuid())
        return 0;
    if (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) || setresuid(NOBODY, NOBODY, NOBODY) || !setuid(0))
        return problem_errno(problem, "sandbox", "user", "cannot become nobody");
    return 0;
}

/* What it was forked with is there already, and is its parent's: a sanitizer's shadow alone is terabytes. */
static rlim_t memory_limit(void)
{
    unsigned long pages = 0;
    FILE *file = fopen("/proc/self/statm", "re");
    if (file && fscanf(file, "%*s %*s %*s %*s %*s %lu", &pages) != 1)
        pages = 0;
    if (file)
        fclose(file);
    return MEMORY_BYTES + pages * (unsigned long)sysconf(_SC_PAGESIZE);
}

/* It may not open any file: what it has open already is all that it gets. */
static int set_limits(struct problem *problem)
{
    const struct rlimit none = { 0, 0 }, memory = { memory_limit(), memory_limit() };
    if (setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_FSIZE, &none) || setrlimit(RLIMIT_NPROC, &none) ||
        setrlimit(RLIMIT_DATA, &memory) || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        return problem_errno(problem, "sandbox", "limits", "cannot set the limits of a reader");
    return 0;
}

#define LOAD(member) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, member))
#define ANSWER(what) BPF_STMT(BPF_RET | BPF_K, what)
#define ALLOW(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ANSWER(SECCOMP_RET_ALLOW)
#define KILL(name) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), ANSWER(SECCOMP_RET_KILL_PROCESS)
/* With these protections, the third argument, whose lower half stands first. */
#define ALLOW_NOT_EXEC(name)                                                                                           \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 4), LOAD(args[2]),                                              \
        BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1), ANSWER(SECCOMP_RET_ERRNO | EPERM),                      \
        ANSWER(SECCOMP_RET_ALLOW)

/* Without libseccomp, which machines need not have. */
static int allow_calls(struct problem *problem)
{
    static struct sock_filter calls[] = { LOAD(arch), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, THIS_ARCH, 1, 0),
        ANSWER(SECCOMP_RET_KILL_PROCESS), LOAD(nr), ALLOW(read), ALLOW(write), ALLOW(brk), ALLOW(munmap), ALLOW(mremap),
        ALLOW(madvise), ALLOW(futex), ALLOW(getrandom), ALLOW(getpid), ALLOW(gettid), ALLOW(clock_gettime),
        ALLOW(gettimeofday), ALLOW(rt_sigreturn), ALLOW(restart_syscall), ALLOW(exit), ALLOW(exit_group),
        ALLOW_NOT_EXEC(mmap), LOAD(nr), ALLOW_NOT_EXEC(mprotect), LOAD(nr), KILL(execve), KILL(execveat), KILL(ptrace),
        KILL(socket), KILL(clone), KILL(kill), ANSWER(SECCOMP_RET_ERRNO | EPERM) };
    const struct sock_fprog program = { sizeof(calls) / sizeof(*calls), calls };
    return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program)
               ? problem_errno(problem, "sandbox", "seccomp", "cannot confine to the list of system calls")
               : 0;
}

int sandbox_reader(struct problem *problem)
{
    return become_nobody(problem) || set_limits(problem) || allow_calls(problem) ? -1 : 0;
}
