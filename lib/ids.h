/* "3,17,204": agent ids as a query has them. Pure. */
#ifndef VEDETTE_IDS_H
#define VEDETTE_IDS_H

#include <stddef.h>
#include <stdint.h>

#define IDS_MAX 256 /* of one question */

/* How many they are; 0: none, more than IDS_MAX, or something else. */
size_t ids_parse(const char *text, uint32_t ret_ids[IDS_MAX]);

#endif
