/*
 * Signatures of `ssh-keygen -Y sign -n vedette-document` (openssh PROTOCOL.sshsig), by keys of files and, as
 * `sk-…@openssh.com` (PROTOCOL.u2f), of security keys, which must have been touched.
 */
#ifndef VEDETTE_SIGNED_SSHSIG_H
#define VEDETTE_SIGNED_SSHSIG_H

#include "lib/signed/key.h"

#define SSHSIG_NAMESPACE "vedette-document"
#define SSH_APPLICATION_BYTES 128 /* "ssh:", and what people may add */

struct ssh_key {
    struct public_key key;
    bool security_key;
    char application[SSH_APPLICATION_BYTES]; /* of a security key: what its signatures are bound to */
};

/* "ssh-ed25519 AAAA…", as in a .pub file, with or without a comment. key_free(&ret->key) releases it. */
int ssh_key_read(const char *text, struct ssh_key *ret, struct problem *);

/* blob: the signature without its armour. */
bool sshsig_holds(const struct ssh_key *, const void *data, size_t bytes, const uint8_t *blob, size_t blob_bytes);

/* The blob out of the armour that ssh-keygen writes around it; its length is at most room. */
int sshsig_unarmour(const char *text, size_t bytes, uint8_t *ret, size_t room, size_t *ret_bytes, struct problem *);

#endif
