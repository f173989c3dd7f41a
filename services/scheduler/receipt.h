/* Is a receipt one that agents will take? By the trust file's log keys and quorum, with the code that they use. */
#ifndef SCHEDULER_RECEIPT_H
#define SCHEDULER_RECEIPT_H

struct problem;
struct trusted;

/* -1 + problem: not yet, as long as witnesses have not cosigned; or the trust file does not know the log. */
int receipt_check(const struct trusted *, const char *entry, const char *receipt, struct problem *);

#endif
