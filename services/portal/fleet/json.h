/* The fleet as agents.list sends it: the columns of its reply, written straight from the mirror. Pure. */
#ifndef VEDETTE_PORTAL_FLEET_JSON_H
#define VEDETTE_PORTAL_FLEET_JSON_H

#include <stddef.h>
#include <stdint.h>

struct buf;
struct call_agents_list;
struct fleet;

#define FLEET_LIST_MAX 200000

/* Ids that match the request, ascending, at most its limit. *ret_next as in the reply. Returns how many; ret_ids has
 * room for FLEET_LIST_MAX. */
size_t fleet_select(const struct fleet *, const struct call_agents_list *, uint32_t *ret_ids, uint32_t *ret_next);
/* {"now":…,"next":…,"agent":[…],…}: what message_encode would write of the reply, 100,000 agents in some 20 ms. */
int fleet_json(const struct fleet *, const uint32_t *ids, size_t count, uint32_t next, int64_t now_ms, struct buf *);

#endif
