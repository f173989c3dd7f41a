/* An agent's public keys as they come in: P-256 SubjectPublicKeyInfo, DER in base64. Pure. */
#ifndef INGEST_KEYS_H
#define INGEST_KEYS_H

#include "lib/crypto.h"

/* Whether text is such a key (uncompressed point); its fingerprint is SHA-256 of the DER. 0 or -1. */
int key_check(const char *text, char ret_fingerprint[HEX_BYTES(SHA256_BYTES)]);

#endif
