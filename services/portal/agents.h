/* The parser of agents.live's ids, apart for its tests. */
#ifndef VEDETTE_PORTAL_AGENTS_H
#define VEDETTE_PORTAL_AGENTS_H

#include <stddef.h>
#include <stdint.h>

#define AGENTS_LIVE_MAX 256 /* rows in view and around it */

/* "1,22,333": how many, 0 if the text is no such list. */
size_t agents_parse_ids(const char *text, uint32_t ret_ids[AGENTS_LIVE_MAX]);

#endif
