/* The three sorts of a target's URL. For lib/target/ alone. */
#ifndef VEDETTE_TARGET_CONF_URL_H
#define VEDETTE_TARGET_CONF_URL_H

#include "lib/target/conf.h"

/* Fills in kind, user, host, port, bucket and path. -1: it is none, and nothing was touched. Pure. */
int target_url_parse(const char *url, struct target_conf *ret);
/* An absolute path without `.`, `..`, empty words and control characters, that fits. */
bool target_is_path(const char *);

#endif
