/* API tokens: shown once, stored as a hash, bound to a role, perhaps a tenant and a few calls, and a date. */
#ifndef VEDETTE_PORTAL_APITOKENS_H
#define VEDETTE_PORTAL_APITOKENS_H

#include <stdbool.h>
#include <stdint.h>

struct db;
struct identity;
struct problem;

#define APITOKEN_PREFIX "vedette_" /* so that scanners for leaked secrets know it */
#define APITOKEN_BYTES (8 + 43 + 1)
#define APITOKEN_ONLY_BYTES 513 /* fields.def, and NUL */

/* The token within an Authorization header; NULL if it is no bearer token of ours. Pure. */
const char *apitoken_of_header(const char *authorization);
/* Whether a call is among those that a token is for (NULL or "": all). Pure. */
bool apitoken_is_for(const char *only, const char *call);
/* 1 and who it is, 0 if it is no good, -1 + problem. */
int apitoken_identify(struct db *, const char *authorization, struct identity *ret, struct problem *);

#endif
