/*
 * Envelopes in and out: what lies in mail/in is opened, brought into order and dealt with exactly once; what we have to
 * say is sealed into mail/out. The mail is the carrier's: its folders are entered with the rights of their owner, so
 * that nothing put there in the place of a folder leads us anywhere its owner could not go.
 */
#ifndef VEDETTE_AGENT_WORK_POST_H
#define VEDETTE_AGENT_WORK_POST_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/work/envelopes/opener.h"
#include "contract.h"

struct post;
struct problem;
struct trust;

/* What is to be done with a message, whose effects are durable when it returns; it may come again after a crash. */
typedef void post_deal(void *arg, const struct opened *);
/* An envelope that is not opened is thrown away, and this is said of it. */
typedef void post_refused(void *arg, const struct problem *);

/* state: the state directory, with our keys; it stays the caller's. The trust file may be changed by post_trust. */
struct post *post_open(int state, const struct trust *, const char *deployment, struct problem *);
void post_close(struct post *);
/* Once, before anything is sent, by the one that holds work's lock: what a predecessor left as a draft. */
int post_settle(struct post *, struct problem *);
/* From now on these services are known; fails if a key of theirs cannot be used. */
int post_trust(struct post *, const struct trust *, struct problem *);
/* SHA-256 of our public signing key, of the enrolment, hexadecimal: how documents name us. */
const char *post_fingerprint(const struct post *);
/* Our newest public sealing key, as envelopes name it; and where the private one lies: state, home: those folders. */
const char *post_seal_key(const struct post *);
void post_seal_path(const struct post *, const char *state, const char *home, char *ret, size_t room);

/* Other keys for our mail (post_rekey.c). The services that we write to are told of a new pair, in their streams; where a
 * pair was told and is not known yet it is told again, and none made. How many were told; -1 + problem. */
int post_rekey(struct post *, bool *ret_made, struct problem *);
/* A service knows that key. true: what goes there is signed by it from now on. */
bool post_rekeyed(struct post *, const char *from, const char *sign_key);

/* Deal with all whose turn it is. *ret_again_ms: look again after so long, for a gap will be given up then; INT64_MAX.
 */
int post_receive(struct post *, post_deal *, post_refused *, void *arg, int64_t *ret_again_ms, struct problem *);

/* Which service a message of this purpose is for. */
enum addressee post_addressee(enum envelope purpose);
/* Seal it and lay it where carriers find it; durable. "mail-full": too much waits already. */
int post_send(struct post *, enum addressee, enum envelope purpose, const void *message, struct problem *);

/* Do something in the state directory, with the rights of its owner: what lies there is not ours to trust. */
int post_outside(const struct post *, int (*act)(void *arg, struct problem *), void *arg, struct problem *);

/* To the mail's folder with the rights of its owner, and back. */
int post_enter(const struct post *, struct problem *);
void post_leave(const struct post *);

/* The folder of what comes in, to be watched. Valid after post_open. */
void post_in_path(const struct post *, char *ret, size_t room);

#endif
