/* Where a call is found over REST: routes.def, and a request as path, query and body. Pure. */
#ifndef VEDETTE_CLI_ROUTE_H
#define VEDETTE_CLI_ROUTE_H

#include <jansson.h>

#include "contract.h"

struct buf;

/* NULL: the call is not offered over REST. */
const struct route_row *route_of(enum call);

/* Append path and query, with everything that is not unreserved in RFC 3986 escaped. Fields that are in neither, those
 * of a POST's body, become *ret_body (the caller's to json_decref; NULL for a GET). 0 or -1. */
int route_fill(const struct route_row *, const json_t *fields, struct buf *target, json_t **ret_body);

#endif
