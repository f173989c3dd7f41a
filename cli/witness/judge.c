#include "cli/witness/judge.h"

#include <string.h>

const char *const judgement_words[] = { "grown", "set-back", "two-trees", "rewritten", NULL };

enum judgement witness_judge(
    const struct tlog_checkpoint *last, const struct tlog_checkpoint *seen, const struct tlog_proof *proof)
{
    if (!last)
        return JUDGED_GROWN;
    if (seen->size < last->size)
        return JUDGED_SET_BACK;
    if (seen->size == last->size)
        return memcmp(seen->root, last->root, sizeof(seen->root)) ? JUDGED_TWO_TREES : JUDGED_GROWN;
    return tlog_consistency_holds(proof, last->size, last->root, seen->size, seen->root) ? JUDGED_GROWN
                                                                                         : JUDGED_REWRITTEN;
}
