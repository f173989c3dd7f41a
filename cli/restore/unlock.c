#include "cli/restore/unlock.h"

#include <inttypes.h>
#include <string.h>

#include "lib/envelope/envelope.h"
#include "lib/problem.h"

static int tell(const struct reader_key *key, const struct commit *commit, struct problem *problem)
{
    if (!strcmp(problem->code, "wrong-recipient"))
        problem_set(problem, "wrong-recipient", "--key",
            "backup %s of agent %" PRIu32 " is not sealed for the key of --key, whose fingerprint is %s",
            commit->backup, commit->agent, envelope_key_fingerprint(key->own));
    return -1;
}

int unlock(struct target *target, const struct reader_key *key, const struct commit *commit, struct opened *ret,
    struct problem *problem)
{
    return opened_make(target, key, commit, ret, problem) ? tell(key, commit, problem) : 0;
}

int unlock_with(struct reader *reader, struct opened *ret, struct problem *problem)
{
    return opened_read(reader, ret, problem) ? tell(reader->key, reader->commit, problem) : 0;
}
