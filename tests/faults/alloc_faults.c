/*
 * A memory that runs out, for a process that knows nothing of it. Preloaded, it counts what the process asks of malloc
 * and its kin, and refuses so many of it from the nth on.
 *
 * A program is tried thousands of times, so it is loaded once: before main() this serves runs. A request on standard
 * input is two numbers of 64 bits, the nth and how many; a child goes on to main(), with what it says in FAULT_SAID.out
 * and .err, where one line is what was done here; the answer on standard output is its status as waitpid has it.
 *
 * By glibc's own names below those, so that nothing is looked up. Two libraries write through NULL where they get no memory:
 * libseccomp 2.5.4 when it loads a filter, which ends a program before it has begun, so it is spared; and OpenSSL 3.0 where it
 * makes some contexts (x942kdf_new): that is an end as any other, told by a status and a line of its own.
 */
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);
void *__libc_memalign(size_t alignment, size_t bytes);

#define DEADLINE_S 120 /* of a run */
#define NULL_BYTES 4096
#define STATUS_OPENSSL 70

static atomic_ulong counted;
static unsigned long first, times;
static struct code {
    const char *library;
    uintptr_t base, from, to;
} seccomp = { "/libseccomp.", 0, 0, 0 }, openssl = { "/libcrypto.", 0, 0, 0 };

static int find(struct dl_phdr_info *info, size_t bytes, void *arg)
{
    struct code *code = arg;
    (void)bytes;
    for (int i = 0; strstr(info->dlpi_name, code->library) && i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *part = &info->dlpi_phdr[i];
        if (part->p_type != PT_LOAD || !(part->p_flags & PF_X))
            continue;
        code->base = info->dlpi_addr;
        code->from = info->dlpi_addr + part->p_vaddr;
        code->to = code->from + part->p_memsz;
    }
    return 0;
}

static bool is_in(const struct code *code, uintptr_t address)
{
    return address >= code->from && address < code->to;
}

static void must(bool held)
{
    if (!held)
        _exit(2);
}

static void say_to(int fd, const char *path, const char *ending)
{
    char name[4096];
    snprintf(name, sizeof(name), "%s%s", path, ending);
    int file = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    must(file >= 0 && dup2(file, fd) == fd && !close(file));
}

static void end_by_null(int number, siginfo_t *info, void *arg)
{
    char said[64];
    uintptr_t at = (uintptr_t)((const ucontext_t *)arg)->uc_mcontext.gregs[REG_RIP];
    if ((uintptr_t)info->si_addr < NULL_BYTES && is_in(&openssl, at)) {
        snprintf(said, sizeof(said), "fault: OpenSSL went through NULL at %#lx\n", (unsigned long)(at - openssl.base));
        if (write(STDERR_FILENO, said, strlen(said)) > 0)
            _exit(STATUS_OPENSSL);
    }
    signal(number, SIG_DFL); /* and once more */
}

/* Returns in each child, and nowhere else. */
__attribute__((constructor)) static void serve(void)
{
    const char *said = getenv("FAULT_SAID");
    uint64_t request[2];
    int status;
    if (!said)
        return;
    dl_iterate_phdr(find, &seccomp);
    dl_iterate_phdr(find, &openssl);
    sigaction(SIGSEGV, &(struct sigaction){ .sa_sigaction = end_by_null, .sa_flags = SA_SIGINFO }, NULL);
    unsetenv("LD_PRELOAD"); /* what the program executes is not served */
    while (read(STDIN_FILENO, request, sizeof(request)) == sizeof(request)) {
        pid_t child = fork();
        must(child >= 0);
        if (!child) {
            int nothing = open("/dev/null", O_RDONLY);
            must(nothing >= 0 && dup2(nothing, STDIN_FILENO) == STDIN_FILENO && !close(nothing));
            say_to(STDOUT_FILENO, said, ".out");
            say_to(STDERR_FILENO, said, ".err");
            alarm(DEADLINE_S);
            first = request[0];
            times = request[1];
            counted = 0;
            return;
        }
        must(waitpid(child, &status, 0) == child && write(STDOUT_FILENO, &status, sizeof(status)) == sizeof(status));
    }
    _exit(0);
}

static bool refused(const void *caller)
{
    static const char said[] = "fault: no memory\n";
    if (!times || is_in(&seccomp, (uintptr_t)caller))
        return false;
    unsigned long number = atomic_fetch_add(&counted, 1) + 1;
    if (number < first || number - first >= times)
        return false;
    if (number == first && write(STDERR_FILENO, said, strlen(said)) < 0)
        _exit(2);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_realloc(old, bytes);
}

void *reallocarray(void *old, size_t count, size_t bytes)
{
    size_t all;
    if (__builtin_mul_overflow(count, bytes, &all)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(old, all);
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
    return refused(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, bytes);
}

int posix_memalign(void **ret, size_t alignment, size_t bytes)
{
    void *data = refused(__builtin_return_address(0)) ? NULL : __libc_memalign(alignment, bytes);
    if (data)
        *ret = data;
    return data ? 0 : ENOMEM;
}
