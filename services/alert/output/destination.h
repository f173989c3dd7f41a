/* Where an output sends, and where none may. Pure. */
#ifndef ALERT_OUTPUT_DESTINATION_H
#define ALERT_OUTPUT_DESTINATION_H

#include "contract.h"

struct problem;
struct sockaddr;

#define DESTINATION_HOST_BYTES 254 /* the longest name of the DNS, and NUL */

struct destination {
    char host[DESTINATION_HOST_BYTES]; /* without the brackets of an IPv6 address */
    char port[6];
};

/* syslog: "host" or "host:port" (6514, RFC 5425); webhook: "https://host[:port][/path][?query]". An IPv6 address stands
 * in brackets. */
int destination_parse(enum output_kind, const char *text, struct destination *ret, struct problem *);

/* Why no output connects to this address, or NULL. Asked about the very address that is connected to, so that a name
 * cannot say one thing when it is checked and another when it is used. */
const char *destination_refused(const struct sockaddr *);

#endif
