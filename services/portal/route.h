/* From method, path, query and body to the request of a call: by routes.def alone, pure. */
#ifndef VEDETTE_PORTAL_ROUTE_H
#define VEDETTE_PORTAL_ROUTE_H

#include "contract.h"
#include "lib/problem.h"

#define ROUTE_FIELDS_MAX 2
#define ROUTE_VALUE_BYTES 64

enum route_result { ROUTE_FOUND, ROUTE_UNKNOWN, ROUTE_OTHER_METHOD };

/* Which route a path names, and the fields in it: {braces} in the row, the text between two slashes in the path, or all
 * the rest of it for a last {+field}. */
struct route_match {
    const struct route_row *row;
    size_t n_fields;
    struct {
        char name[32], value[ROUTE_VALUE_BYTES];
    } fields[ROUTE_FIELDS_MAX];
    char allow[16]; /* ROUTE_OTHER_METHOD: what the path does take, for the header Allow */
};
/* ret->row is set only for ROUTE_FOUND. */
enum route_result route_find(const char *method, const char *path, struct route_match *ret);

/* Build the request object of a found route: path fields, then the query's or the body's. NULL + problem. */
json_t *route_object(const struct route_match *, const char *body, size_t body_bytes, struct problem *);
/* One query argument into the object, as text of the field's type; refuses a second of the same name. */
int route_argument(const struct route_match *, json_t *object, const char *name, const char *value, struct problem *);

#endif
