/*
 * How mail travels, by the file `carriers` in the state directory: a line each, in the order in which they are tried.
 *
 *     https               to the server that this agent is enrolled at
 *     drop DIRECTORY      parcels in DIRECTORY/from/, and out of DIRECTORY/to/
 *     post FILE           parcels by SMTP and POP3, as FILE says (post.h)
 *
 * Without the file it is https alone. Blank lines and such that begin with # mean nothing.
 */
#ifndef VEDETTE_AGENT_CARRY_CARRIERS_H
#define VEDETTE_AGENT_CARRY_CARRIERS_H

#include <stddef.h>

struct problem;

#define CARRIERS_FILE "carriers"
#define CARRIERS_MAX 4
#define CARRIER_PLACE_BYTES 256

enum carrier_kind { CARRIER_HTTPS, CARRIER_DROP, CARRIER_POST };
extern const char *const carrier_words[];

struct carriers {
    unsigned n;
    struct {
        enum carrier_kind kind;
        char place[CARRIER_PLACE_BYTES];
    } list[CARRIERS_MAX];
};

/* Pure. */
int carriers_parse(const char *text, size_t bytes, struct carriers *ret, struct problem *);
int carriers_load(struct carriers *ret, struct problem *);

#endif
