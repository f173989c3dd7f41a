/* What setting a login by a link shares with logging in. */
#ifndef VEDETTE_PORTAL_LOGIN_H
#define VEDETTE_PORTAL_LOGIN_H

#include <stdbool.h>

struct account;
struct web;

/* All factors were right (account->otp_step is the accepted step): store that, log it, begin a session, and answer with
 * {user, role, csrf}, which is the reply of session.login and link.use alike. */
void login_begin_session(struct web *, const struct account *, bool known_address);

#endif
