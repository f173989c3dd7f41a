/*
 * The inventory: what the agent reports of its machine, at its start and when something changed. One table says the
 * fields, and is what `what-i-send` prints.
 *
 * Delivery: the resident puts the text into the spool when it differs from what the server has; vedette-agent-carry
 * sends what is spooled and, once it is accepted, moves it to INVENTORY_FILE. One file, so the spool is bounded.
 */
#ifndef VEDETTE_AGENT_INVENTORY_H
#define VEDETTE_AGENT_INVENTORY_H

#include <jansson.h>
#include <stdbool.h>

struct problem;

#define INVENTORY_LIMIT_BYTES 16384 /* fields.def */

struct inventory_field {
    const char *name, *why;
    json_t *(*collect)(void);
};
extern const struct inventory_field inventory_fields[]; /* ended by name NULL */

/* All fields; NULL without memory. */
json_t *inventory_collect(void);

/* Spool the inventory of now if it is not what the server accepted last, or anyway. *ret_spooled: mail is waiting. */
int inventory_spool(bool anyway, bool *ret_spooled, struct problem *);
/* Nothing of it is to be sent (the policy says so). */
void inventory_unspool(void);

#endif
