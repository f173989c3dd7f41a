/* The agent's key pairs: the only user of OpenSSL in the agent, besides lib/certificate. */
#ifndef VEDETTE_AGENT_CARRY_KEYS_H
#define VEDETTE_AGENT_CARRY_KEYS_H

#include "lib/crypto.h"

struct problem;

#define PUBLIC_KEY_BYTES 256 /* SubjectPublicKeyInfo of P-256 in base64 is 124 characters */

/* The public half (DER in base64) of the P-256 key in file, which is made, 0400, if it is not there. */
int key_pair(const char *file, char ret_public[PUBLIC_KEY_BYTES], struct problem *);
/* SHA-256 of the DER behind that base64, hexadecimal: how people and the server name an agent. */
int key_fingerprint(const char *public_key, char ret[HEX_BYTES(SHA256_BYTES)], struct problem *);

#endif
