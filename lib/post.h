/*
 * Parcels (lib/parcel.h) as mails: out by SMTP, in by POP3, by libcurl. A mail is a parcel in base64 and nothing else;
 * the mailbox is ours alone: what is in it and no parcel is deleted. Blocks: for vedette-agent-carry and `vedette
 * postman`.
 */
#ifndef VEDETTE_POST_H
#define VEDETTE_POST_H

#include <stdbool.h>
#include <stddef.h>

struct problem;

#define POST_VALUE_BYTES 256
#define POST_MAILS_MAX 100 /* fetched at a time */

/* A file of `key = value`, private because of the password. */
struct post {
    char smtp[POST_VALUE_BYTES]; /* smtps://HOST[:PORT], or smtp://, which begins TLS before it says anything */
    char pop3[POST_VALUE_BYTES]; /* pop3s:// or pop3:// */
    char from[POST_VALUE_BYTES]; /* our address */
    char to[POST_VALUE_BYTES];   /* theirs; at the server with %u in the place of the agent's number */
    char user[POST_VALUE_BYTES], password[POST_VALUE_BYTES]; /* of both; no user: no log-in for SMTP */
    char ca[POST_VALUE_BYTES]; /* file with the CA of both servers' certificates; "": the system's CAs */
    bool plain;                /* `plain = yes`: smtp:// and pop3:// without TLS, as on this very machine */
};

/* -1 + problem "bad-post". */
int post_parse(const char *text, size_t bytes, struct post *ret, struct problem *); /* pure */
int post_load(const char *path, struct post *ret, struct problem *);

/* -1 + problem "unreached", "untrusted". */
int post_send(const struct post *, const char *to, const void *parcel, size_t bytes, struct problem *);
/* Each mail that is there, as the parcel in it; deleted when take returned 0. */
int post_fetch(
    const struct post *, int (*take)(void *arg, const char *parcel, size_t bytes), void *arg, struct problem *);

/* What is in a mail: the base64 behind its head. *ret is the caller's to free. -1: none. Pure. */
int post_unwrap(const char *mail, size_t bytes, char **ret, size_t *ret_bytes);

#endif
