/* The URL of an http watch, in its parts. Pure. */
#ifndef VEDETTE_WATCH_URL_H
#define VEDETTE_WATCH_URL_H

#include <stdbool.h>
#include <stdint.h>

#define URL_HOST_BYTES 254 /* a name of DNS, and NUL */
#define URL_PATH_BYTES 501 /* of fields.def, and NUL */

struct url {
    bool tls;
    char host[URL_HOST_BYTES]; /* without the brackets of an IPv6 address */
    uint16_t port;
    char path[URL_PATH_BYTES]; /* and query; "/" if there is none */
};

/* http://host[:port][/path] or https://…, without user and fragment. 0 or -1. */
int url_parse(const char *text, struct url *ret);

#endif
