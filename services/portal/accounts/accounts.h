/* User accounts in portal.db, and the failed log-ins that lock a name for 30 minutes. */
#ifndef VEDETTE_PORTAL_ACCOUNTS_H
#define VEDETTE_PORTAL_ACCOUNTS_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/keywrap.h"

struct db;
struct problem;

struct account {
    char user[65];
    int role;
    char tenant[33]; /* "" every tenant */
    char password_hash[128];
    uint8_t otp_wrapped[WRAPPED_BYTES];
    int64_t otp_step;
    int64_t session_epoch;
    bool disabled; /* nobody logs in as this user */
};

/* 1 found, 0 not, -1 + problem. */
int account_find(struct db *, const char *user, struct account *ret, struct problem *);
/* 1 there is an administrator, 0 there is none yet, -1 + problem. */
int account_any(struct db *, struct problem *);
/* A login name that people and logs can tell apart: visible ASCII without quotes. */
int account_name_check(const char *user, struct problem *);

/* Within a transaction of the caller's. account_reset ends the user's sessions by a new epoch. */
int account_create(struct db *, const struct account *, int64_t now_ms, struct problem *);
int account_reset(struct db *, const char *user, const char *password_hash, const uint8_t otp_wrapped[WRAPPED_BYTES],
    int64_t otp_step, struct problem *);

/* All sessions of a user. */
int account_end_sessions(struct db *, const char *user, struct problem *);
/* A disabled user has no sessions and gets none. */
int account_disable(struct db *, const char *user, bool disabled, struct problem *);

#define FAILURES_MAX 5
#define LOCK_MS (30 * 60 * 1000)

enum factor { FACTOR_PASSWORD, FACTOR_KEY };

/* Has this user logged in from this address within 90 days? */
bool account_knows(struct db *, const char *user, const char *address, int64_t now_ms);
/* Until when the name is locked for such an address; 0: it is not. -1 + problem. */
int64_t account_locked_until(struct db *, const char *user, bool known_address, int64_t now_ms, struct problem *);
/* Count a failure; returns until when the name is locked by it, 0 if it is not, -1 + problem. */
int64_t account_failed(
    struct db *, const char *user, bool known_address, enum factor, int64_t now_ms, struct problem *);
/* The code is used up, the counters begin anew, the address is known. */
int account_succeeded(struct db *, const char *user, const char *address, bool known_address, int64_t otp_step,
    int64_t now_ms, struct problem *);
/* The code is used up, and failures of the key alone count anew: nobody has said the password. */
int account_proven(struct db *, const char *user, bool known_address, int64_t otp_step, struct problem *);
/* Forget old failures and addresses: now and then. */
void account_forget(struct db *, int64_t now_ms);

#endif
