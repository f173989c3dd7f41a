/* Text of vedette.conf: the commented template, and single lines changed without touching what people wrote. Pure. */
#ifndef VEDETTE_CLI_CONF_H
#define VEDETTE_CLI_CONF_H

struct buf;

/* Every setting of settings.def as a comment, with its meaning, limits and default. */
int conf_template(struct buf *ret);

/* Set `name = value` in text: in its line, be it commented out or not, or in a new one at the end. */
int conf_set(const char *text, const char *name, const char *value, struct buf *ret);

#endif
