/* `vedette restore --list`: what a backup holds. */
#ifndef VEDETTE_CLI_RESTORE_LISTING_H
#define VEDETTE_CLI_RESTORE_LISTING_H

#include "lib/repository/nodes.h"

/* A name; what of it is no text, or would steer a terminal, as \\ooo. */
void listing_name(const char *text);
/* A line each: type and mode, owner, group, size, time, path. What stands in a name and is no text is written as \ooo.
 */
void listing_print(const struct nodes *, const uint8_t *chosen);

#endif
