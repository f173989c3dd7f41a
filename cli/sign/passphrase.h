/* A passphrase from the terminal, which shows nothing of it, or from a file that only its owner may read. */
#ifndef VEDETTE_CLI_SIGN_PASSPHRASE_H
#define VEDETTE_CLI_SIGN_PASSPHRASE_H

#include <stdbool.h>

struct cli;
struct problem;

#define PASSPHRASE_BYTES 256

/* file NULL: ask; twice if it is a new one, which has at least 12 characters. The caller forgets it. "no-terminal". */
int passphrase_get(
    const struct cli *, const char *file, const char *question, bool new, char ret[PASSPHRASE_BYTES], struct problem *);

/* Ask a question that is answered by yes and nothing else. "declined", "no-terminal". */
int terminal_confirm(const char *question, struct problem *);

#endif
