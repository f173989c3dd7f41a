#include "lib/turns.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHORT_NS 200000 /* what is done between two waits for the disk; the kernel's own is 3 ms */
#define BEHIND_NICE 5   /* above what it was: a third of the share of one that is not */
#define NICE_MAX 19

/* As sched_setattr(2) has it; glibc 2.36 has neither, and linux/sched/types.h does not go with sched.h. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

/* As whoever started us has them. */
static struct attributes get(void)
{
    struct attributes attributes = { 0 };
    syscall(SYS_sched_getattr, 0, &attributes, sizeof(attributes), 0);
    attributes.size = sizeof(attributes);
    return attributes;
}

/* What a kernel does not know it refuses, or passes over. */
static void set(const struct attributes *attributes)
{
    syscall(SYS_sched_setattr, 0, attributes, 0);
}

void turns_soon(void)
{
    struct attributes attributes = get();
    attributes.runtime_ns = SHORT_NS;
    set(&attributes);
}

static void set_behind(int nice)
{
    struct attributes attributes = get();
    attributes.policy = SCHED_BATCH;
    attributes.nice = attributes.nice + nice < NICE_MAX ? attributes.nice + nice : NICE_MAX;
    attributes.runtime_ns = 0; /* as long as others' */
    set(&attributes);
}

void turns_behind(void)
{
    set_behind(BEHIND_NICE);
}

void turns_last(void)
{
    set_behind(NICE_MAX);
}
