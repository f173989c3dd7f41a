/* What a new password must be: long, and not one of those that everybody tries first. Pure. */
#ifndef VEDETTE_PORTAL_PASSWORD_H
#define VEDETTE_PORTAL_PASSWORD_H

#define PASSWORD_LEAST 16 /* characters, not bytes */

struct problem;

int password_check(const char *password, const char *user, struct problem *);

#endif
