/*
 * Which system calls a confined service may make. One list for all six: they share the skeleton, libzmq, libmicrohttpd
 * with GnuTLS, hiredis and SQLite, and a list a service would differ in little but the work of keeping it right.
 */
#include <errno.h>
#include <linux/netlink.h>
#include <sched.h>
#include <seccomp.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/sandbox/parts.h"
#include "lib/sandbox/sandbox.h"

#define CALL(name) SCMP_SYS(name)
#define END INT32_MIN /* libseccomp numbers calls that an architecture lacks below zero, down to -10,300 */

static const int allowed[] = {
    /* threads, time, signals, end */
    CALL(futex), CALL(set_robust_list), CALL(get_robust_list), CALL(rseq), CALL(gettid), CALL(getpid), CALL(getppid),
    CALL(sched_yield), CALL(sched_getaffinity), CALL(sched_setaffinity), CALL(sched_getparam), CALL(sched_getscheduler),
    CALL(sched_setscheduler), CALL(sched_getattr), CALL(sched_setattr), CALL(sched_get_priority_max),
    CALL(sched_get_priority_min), CALL(membarrier), CALL(getcpu), CALL(exit), CALL(exit_group), CALL(restart_syscall),
    CALL(rt_sigaction), CALL(rt_sigprocmask), CALL(rt_sigreturn), CALL(rt_sigtimedwait), CALL(rt_sigpending),
    CALL(rt_sigsuspend), CALL(sigaltstack), CALL(clock_gettime), CALL(clock_getres), CALL(clock_nanosleep),
    CALL(nanosleep), CALL(gettimeofday), CALL(time), CALL(times),
    /* waiting */
    CALL(epoll_create), CALL(epoll_create1), CALL(epoll_ctl), CALL(epoll_wait), CALL(epoll_pwait), CALL(epoll_pwait2),
    CALL(poll), CALL(ppoll), CALL(select), CALL(pselect6), CALL(eventfd), CALL(eventfd2), CALL(timerfd_create),
    CALL(timerfd_settime), CALL(timerfd_gettime), CALL(signalfd), CALL(signalfd4), CALL(pipe), CALL(pipe2),
    /* memory; mmap and mprotect stand below */
    CALL(brk), CALL(munmap), CALL(mremap), CALL(madvise), CALL(msync), CALL(mlock), CALL(munlock), CALL(mincore),
    /* who and where am I */
    CALL(getuid), CALL(geteuid), CALL(getgid), CALL(getegid), CALL(getresuid), CALL(getresgid), CALL(uname),
    CALL(sysinfo), CALL(getrusage), CALL(getrlimit), CALL(getrandom), CALL(getcwd), CALL(umask),
    /* files: which ones is Landlock's matter */
    CALL(read), CALL(readv), CALL(pread64), CALL(preadv), CALL(preadv2), CALL(write), CALL(writev), CALL(pwrite64),
    CALL(pwritev), CALL(pwritev2), CALL(lseek), CALL(open), CALL(openat), CALL(close), CALL(close_range), CALL(dup),
    CALL(dup2), CALL(dup3), CALL(fcntl), CALL(flock), CALL(fsync), CALL(fdatasync), CALL(syncfs), CALL(sync_file_range),
    CALL(ftruncate), CALL(fallocate), CALL(fadvise64), CALL(readahead), CALL(stat), CALL(fstat), CALL(lstat),
    CALL(newfstatat), CALL(statx), CALL(statfs), CALL(fstatfs), CALL(access), CALL(faccessat), CALL(faccessat2),
    CALL(readlink), CALL(readlinkat), CALL(getdents64), CALL(mkdir), CALL(mkdirat), CALL(rmdir), CALL(unlink),
    CALL(unlinkat), CALL(rename), CALL(renameat), CALL(renameat2), CALL(link), CALL(linkat), CALL(chmod), CALL(fchmod),
    CALL(fchmodat), CALL(fchown), CALL(utimensat), CALL(copy_file_range), CALL(sendfile),
    /* sockets; socket itself stands below */
    CALL(socketpair), CALL(bind), CALL(listen), CALL(accept), CALL(accept4), CALL(connect), CALL(shutdown),
    CALL(getsockname), CALL(getpeername), CALL(getsockopt), CALL(setsockopt), CALL(sendto), CALL(sendmsg),
    CALL(sendmmsg), CALL(recvfrom), CALL(recvmsg), CALL(recvmmsg), END
};

/* And what one does that looks at everything. */
static const int walking[] = { CALL(fchdir), CALL(chdir), CALL(getxattr), CALL(lgetxattr), CALL(fgetxattr),
    CALL(listxattr), CALL(llistxattr), CALL(flistxattr), END };

static const int restoring[] = { CALL(openat2), CALL(name_to_handle_at), END };

/* No service has any use for these calls: a process that makes one has been taken over. */
static const int deadly[] = { CALL(execve), CALL(execveat), CALL(ptrace), CALL(process_vm_readv),
    CALL(process_vm_writev), CALL(pidfd_getfd), CALL(mount), CALL(umount2), CALL(pivot_root), CALL(chroot),
    CALL(open_tree), CALL(move_mount), CALL(fsopen), CALL(fsmount), CALL(fsconfig), CALL(fspick), CALL(mount_setattr),
    CALL(unshare), CALL(setns), CALL(bpf), CALL(perf_event_open), CALL(userfaultfd), CALL(init_module),
    CALL(finit_module), CALL(delete_module), CALL(kexec_load), CALL(kexec_file_load), CALL(add_key), CALL(request_key),
    CALL(keyctl), CALL(reboot), CALL(swapon), CALL(swapoff), CALL(iopl), CALL(ioperm), CALL(acct), CALL(settimeofday),
    CALL(clock_settime), CALL(open_by_handle_at), END };

static const unsigned long namespaces[] = { CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER,
    CLONE_NEWPID, CLONE_NEWNET };

static int add_list(scmp_filter_ctx filter, uint32_t action, const int *calls)
{
    int failed = 0;
    for (; *calls != END; calls++)
        failed |= seccomp_rule_add(filter, action, *calls, 0);
    return failed;
}

/* Threads, but neither processes nor namespaces. */
static int add_clone(scmp_filter_ctx filter)
{
    unsigned long all = 0;
    int failed = 0;
    for (size_t i = 0; i < sizeof(namespaces) / sizeof(*namespaces); i++) {
        all |= namespaces[i];
        failed |= seccomp_rule_add(
            filter, SCMP_ACT_KILL_PROCESS, CALL(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, namespaces[i], namespaces[i]));
    }
    failed |= seccomp_rule_add(
        filter, SCMP_ACT_ALLOW, CALL(clone), 1, SCMP_A0(SCMP_CMP_MASKED_EQ, all | CLONE_THREAD, CLONE_THREAD));
    /* clone3 keeps its flags in memory, where a filter cannot look: ENOSYS makes libc use clone instead. */
    return failed | seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), CALL(clone3), 0);
}

/* No memory may become executable: so libraries cannot load others later. */
static int add_memory(scmp_filter_ctx filter)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(mmap), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
    return failed |
           seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(mprotect), 1, SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
}

static int add_socket(scmp_filter_ctx filter, bool network)
{
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_UNIX));
    if (!network)
        return failed;
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_INET));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(socket), 1, SCMP_A0(SCMP_CMP_EQ, AF_INET6));
    /* libc asks for the machine's addresses before it sorts those of a name. */
    return failed | seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(socket), 2, SCMP_A0(SCMP_CMP_EQ, AF_NETLINK),
                        SCMP_A2(SCMP_CMP_EQ, NETLINK_ROUTE));
}

/* Calls that are harmless only with certain arguments. */
static int add_narrow(scmp_filter_ctx filter)
{
    static const unsigned long requests[] = { FIONREAD, FIONBIO, TCGETS };
    pid_t own = getpid();
    int failed = seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prctl), 1, SCMP_A0(SCMP_CMP_EQ, PR_SET_NAME));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)own));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(kill), 1, SCMP_A0(SCMP_CMP_EQ, (scmp_datum_t)own));
    failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(prlimit64), 1, SCMP_A0(SCMP_CMP_EQ, 0));
    for (size_t i = 0; i < sizeof(requests) / sizeof(*requests); i++)
        failed |= seccomp_rule_add(filter, SCMP_ACT_ALLOW, CALL(ioctl), 1, SCMP_A1(SCMP_CMP_EQ, requests[i]));
    return failed;
}

int sandbox_calls(const struct sandbox *sandbox, struct problem *problem)
{
    scmp_filter_ctx filter = seccomp_init(SCMP_ACT_ERRNO(EPERM));
    if (filter == NULL)
        return problem_set(problem, "sandbox", "seccomp", "no memory for the list of system calls");
    /* All threads (libzmq and libmicrohttpd may have started theirs), and a tree instead of 200 comparisons a call. */
    int failed =
        seccomp_attr_set(filter, SCMP_FLTATR_CTL_TSYNC, 1) | seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
    failed |= add_list(filter, SCMP_ACT_ALLOW, allowed) | add_list(filter, SCMP_ACT_KILL_PROCESS, deadly);
    failed |= add_clone(filter) | add_memory(filter) | add_socket(filter, sandbox->network) | add_narrow(filter);
    if (sandbox->walks)
        failed |= add_list(filter, SCMP_ACT_ALLOW, walking);
    if (sandbox->restores)
        failed |= add_list(filter, SCMP_ACT_ALLOW, restoring);
    int loaded = failed != 0 ? -EINVAL : seccomp_load(filter);
    seccomp_release(filter);
    if (loaded != 0)
        return problem_set(
            problem, "sandbox", "seccomp", "cannot confine to the list of system calls: %s", strerror(-loaded));
    return 0;
}
