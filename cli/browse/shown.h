/* Names and versions as JSON for the page. Whoever made a name may have meant it as an attack: it is text there, and
 * nothing else; bytes that are no UTF-8 stand as \ooo. */
#ifndef VEDETTE_CLI_BROWSE_SHOWN_H
#define VEDETTE_CLI_BROWSE_SHOWN_H

#include <jansson.h>

#include "cli/browse/versions.h"

#define SHOWN_PATH_BYTES 4096 /* of a longer path the end is shown */

/* New objects; NULL: no memory. is_text: none of it had to be written otherwise. */
json_t *shown_text(const char *text, size_t bytes, bool *ret_is_text);
json_t *shown_path(const struct versions *, uint32_t name);
/* What a version is, into an object of the caller's. */
void shown_version(const struct version *, json_t *row);

#endif
