/* What an inventory says of a machine's name and system, as far as it keeps to the contract. Pure. */
#ifndef INGEST_MACHINE_H
#define INGEST_MACHINE_H

#include <jansson.h>

struct agent_row;

/* Fill in hostname, os, kernel, version of *row from inventory; texts are borrowed, NULL for what is absent or wrong. */
void machine_read(const json_t *inventory, struct agent_row *row);

#endif
