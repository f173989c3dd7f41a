#include "agent/backup/confine.h"

#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lib/problem.h"
#include "lib/sandbox/sandbox.h"
#include "lib/target/conf.h"

/* Read whatever there is, leave no access time, and put into a folder that may be another user's. Attributes
 * `trusted.*` are seen with CAP_SYS_ADMIN alone, and missing otherwise without a word; for all else that it is good for
 * the calls are not allowed. */
#define KEPT (1u << CAP_DAC_READ_SEARCH | 1u << CAP_DAC_OVERRIDE | 1u << CAP_FOWNER | 1u << CAP_SYS_ADMIN)

static int keep_rights(struct problem *problem)
{
    struct __user_cap_header_struct header = { _LINUX_CAPABILITY_VERSION_3, 0 };
    const struct __user_cap_data_struct rights[_LINUX_CAPABILITY_U32S_3] = { { KEPT, KEPT, 0 }, { 0, 0, 0 } };
    return syscall(SYS_capset, &header, rights)
               ? problem_errno(problem, "sandbox", "capabilities", "cannot give up root's rights")
               : 0;
}

int confine(const struct target_conf *conf, const char *home, bool copies, struct problem *problem)
{
    const char *writable[4] = { home };
    const char *const readable[] = { "/", NULL };
    size_t n = 1;
    if (geteuid())
        return 0;
    if (conf->kind == TARGET_DIRECTORY)
        writable[n++] = conf->path;
    if (copies)
        writable[n++] = "/var/tmp";
    const struct sandbox sandbox = {
        .writable = writable, .readable = readable, .network = conf->kind != TARGET_DIRECTORY, .walks = true
    };
    return keep_rights(problem) || sandbox_confine(&sandbox, problem) ? -1 : 0;
}
