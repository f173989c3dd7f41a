/* "3,17-204 300": agent ids and ranges of them. Pure. */
#ifndef VEDETTE_PORTAL_RANGES_H
#define VEDETTE_PORTAL_RANGES_H

#include <stddef.h>
#include <stdint.h>

#define RANGES_AGENTS_MAX 10000 /* in all: as many are dealt with in one turn of the loop, some 30 ms */

/* Every id, in the order given, one named twice standing twice. How many; 0: none, too many, or something else. */
size_t ranges_parse(const char *text, uint32_t ret_ids[RANGES_AGENTS_MAX]);

#endif
