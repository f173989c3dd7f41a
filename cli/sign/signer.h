/* How a signature is made: by a key file, or by ssh-keygen, which knows files, agents and security keys. */
#ifndef VEDETTE_CLI_SIGN_SIGNER_H
#define VEDETTE_CLI_SIGN_SIGNER_H

#include "cli/sign/sign.h"

/* passphrase_file NULL: asked for on the terminal, if the key is encrypted. */
int signer_by_key(struct cli *, const char *path, const char *passphrase_file, const struct signing *,
    struct signature *ret, struct problem *);
/* path: the private key, or the public one of a key that ssh-agent holds. */
int signer_by_ssh(const char *path, const struct signing *, struct signature *ret, struct problem *);

#endif
