/*
 * A TLS connection of an output (1.2 or later, the receiver's name verified), and what can be known of the bytes that
 * went into it. The only user of OpenSSL's TLS. Every call ends within its limit, or soon after `stop` is set.
 */
#ifndef ALERT_OUTPUT_TLS_H
#define ALERT_OUTPUT_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct destination;
struct failure;
struct stop;
struct tls;

/* ca: PEM, NULL: the system's. NULL + failure. */
struct tls *tls_connect(const struct destination *, const char *ca, const struct stop *, struct failure *);
void tls_free(struct tls *);

/* Send all of it. -1 + failure: it is unknown how much was sent. */
int tls_write(struct tls *, const void *data, size_t bytes, struct failure *);
/* Take in what the receiver sent. -1 + failure: it has closed, or the connection is broken. */
int tls_look(struct tls *, struct failure *);

/* Bytes that went to TCP, and whether the receiver's TCP has acknowledged so many. Its program may not have read
 * them. */
uint64_t tls_written(const struct tls *);
bool tls_is_acknowledged(const struct tls *, uint64_t bytes);
/* Ask the receiver's TLS for a sign that it has read everything up to here: KeyUpdates that want one in return (RFC
 * 8446, 4.6.3). Returns how many answers must have come for that; 0: TLS 1.2 knows no such thing. Some never answer. */
unsigned tls_ask(struct tls *);
/* How many answers came. Each is to another question, so n of them say that n questions were read. */
unsigned tls_answers(const struct tls *);

/* Say that no more follows, and wait for the receiver to end. 0: it did so in order, hence has read everything: whoever
 * closes with bytes unread resets the connection. */
int tls_end(struct tls *);

#endif
