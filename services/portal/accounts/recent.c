#include "services/portal/accounts/recent.h"

#include <string.h>

#define PLACES 1024

static struct recent places[PLACES];

/* A session's hash is random: its first digits say where, and a newer one takes the place. */
static struct recent *place_of(const char *session)
{
    uint32_t number = 0;
    crypto_unhex((const char[]){ session[0], session[1], session[2], session[3], '\0' }, &number, 2);
    return &places[number % PLACES];
}

void recent_keep(const struct recent *recent, int64_t now_ms)
{
    struct recent *place = place_of(recent->session);
    *place = *recent;
    place->found_ms = now_ms;
}

const struct recent *recent_find(const char *session, int64_t now_ms)
{
    const struct recent *place = place_of(session);
    return !strcmp(place->session, session) && now_ms - place->found_ms < RECENT_MS ? place : NULL;
}

void recent_drop(const char *session)
{
    struct recent *place = place_of(session);
    if (!strcmp(place->session, session))
        crypto_forget(place, sizeof(*place));
}
