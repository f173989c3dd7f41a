#include "lib/turns.h"

#include <sched.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SHORT_NS 200000 /* what is done between two waits for the disk; the kernel's own is 3 ms */
#define BEHIND_NICE 5   /* a third of the share of one that is not */

/* As sched_setattr(2) has it; glibc 2.36 has neither, and linux/sched/types.h does not go with sched.h. */
struct attributes {
    uint32_t size, policy;
    uint64_t flags;
    int32_t nice;
    uint32_t priority;
    uint64_t runtime_ns, deadline_ns, period_ns;
};

/* What a kernel does not know it refuses, or passes over. */
static void set(struct attributes attributes)
{
    attributes.size = sizeof(attributes);
    syscall(SYS_sched_setattr, 0, &attributes, 0);
}

void turns_soon(void)
{
    set((struct attributes){ .policy = SCHED_OTHER, .runtime_ns = SHORT_NS });
}

void turns_behind(void)
{
    set((struct attributes){ .policy = SCHED_BATCH, .nice = BEHIND_NICE });
}
