/* Keeps the fleet's mirror fresh from Redis: live pages every 2 s, records when they are new and by turns. */
#ifndef VEDETTE_PORTAL_FLEET_REFRESH_H
#define VEDETTE_PORTAL_FLEET_REFRESH_H

#include <stdint.h>

struct fleet;
struct loop;
struct refresh;
struct store;

struct refresh *refresh_new(struct loop *, struct fleet *); /* NULL: no memory */
void refresh_use(struct refresh *, struct store *);         /* once, when Redis is being connected */
/* Redis has (re)connected: read everything again. */
void refresh_all(struct refresh *);
/* This agent's record has changed, or is about to: read its bucket soon. */
void refresh_record(struct refresh *, uint32_t agent);

#endif
