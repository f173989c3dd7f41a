/*
 * X.509 for the embedded default: a private CA and server certificates under it, P-256, made by OpenSSL.
 * Everything is PEM text in memory; who stores it where is the caller's business.
 */
#ifndef VEDETTE_CERTIFICATE_H
#define VEDETTE_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct problem;

#define FINGERPRINT_BYTES 72        /* "sha256:", 64 hexadecimal digits, and NUL */
#define CERTIFICATE_CA_DAYS 7300    /* outlives the machines: a new CA means enrolling every agent anew */
#define CERTIFICATE_SERVER_DAYS 397 /* the most that browsers accept of public CAs; renewed by `vedette init` */

/* PEM texts, ended by NUL; certificate_free releases them and forgets the key. */
struct certificate {
    char *chain; /* the certificate, then the CA's unless it is one */
    char *key;   /* PKCS #8 */
};

int certificate_make_ca(const char *common_name, int64_t now_ms, struct certificate *ret, struct problem *);
/* names: n DNS names and numeric addresses. */
int certificate_make_server(const struct certificate *ca, const char *const *names, size_t n, int64_t now_ms,
    struct certificate *ret, struct problem *);
void certificate_free(struct certificate *);

/* Both about the first certificate of chain: did the CA issue it; does it bear all the names and live until then? */
bool certificate_issued_by(const char *chain, const char *ca);
bool certificate_serves(const char *chain, const char *const *names, size_t n, int64_t until_ms);
/* SHA-256 of the DER of the first certificate, as people compare it and agents pin it. */
int certificate_fingerprint(const char *chain, char ret[FINGERPRINT_BYTES], struct problem *);

#endif
