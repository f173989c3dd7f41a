#include "services/scheduler/receipt.h"

#include <string.h>

#include "lib/problem.h"
#include "lib/tlog_receipt.h"
#include "services/scheduler/trusted.h"

int receipt_check(const struct trusted *trusted, const char *entry, const char *receipt, struct problem *problem)
{
    struct tlog_policy policy;
    struct tlog_held held;
    problem_set(problem, "no-log", "", "the trust file names no log of class ops");
    for (size_t i = 0; trusted->newest && !trust_log(trusted->newest, CLASS_OPS, i, &policy); i++) {
        if (!tlog_receipt_verify(receipt, strlen(receipt), entry, strlen(entry), &policy, &held, problem))
            return 0;
    }
    return -1;
}
