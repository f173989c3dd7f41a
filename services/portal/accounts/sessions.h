/* Sessions of browsers: a random cookie, its state in Redis under the cookie's SHA-256. Redis wiped: log in again. */
#ifndef VEDETTE_PORTAL_SESSIONS_H
#define VEDETTE_PORTAL_SESSIONS_H

#include "services/portal/web.h"

#define SESSION_COOKIE "__Host-vedette"
#define SESSION_COOKIE_LINE 160

struct account;

/* who NULL and refused NULL: there is no such session (any more). */
typedef void session_identified(void *arg, const struct problem *refused, const struct identity *who);
void session_identify(struct portal *, const char *cookie, session_identified *, void *arg);

/* Begin one: its cookie and CSRF value are made here. done is called once Redis has it, with a Set-Cookie line. */
typedef void session_begun(
    void *arg, const struct problem *refused, const struct identity *who, const char *cookie_line);
void session_begin(struct portal *, const struct account *, session_begun *, void *arg);

/* Its key was proven at now_ms: done is called once Redis has that. */
typedef void session_proven(void *arg, const struct problem *refused);
void session_prove(struct portal *, const struct identity *, int64_t now_ms, session_proven *, void *arg);

void session_end(struct portal *, const struct identity *);
extern const char session_cookie_cleared[];

#endif
