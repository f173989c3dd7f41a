/* What a witness makes of a checkpoint: may it be cosigned, or what is wrong with the log. Pure. */
#ifndef VEDETTE_CLI_WITNESS_JUDGE_H
#define VEDETTE_CLI_WITNESS_JUDGE_H

#include "lib/tlog/checkpoint.h"
#include "lib/tlog/proof.h"

enum judgement {
    JUDGED_GROWN,     /* the tree of the last checkpoint, or one that begins with it: to be cosigned */
    JUDGED_SET_BACK,  /* fewer entries than the log had: an old copy, or a fork that is not long enough to show */
    JUDGED_TWO_TREES, /* fork: the log signed two trees of one size */
    JUDGED_REWRITTEN, /* fork: the log has grown, and not from the tree that it signed before */
};

/* As `vedette witness` calls them: "grown", "set-back", "two-trees", "rewritten". */
extern const char *const judgement_words[];

/* Both are signed by the log. last: the newest that was believed; NULL: this is the first. proof: of consistency, made
 * from tiles that were verified against the seen checkpoint's root; looked at only if that is larger. */
enum judgement witness_judge(
    const struct tlog_checkpoint *last, const struct tlog_checkpoint *seen, const struct tlog_proof *proof);

#endif
