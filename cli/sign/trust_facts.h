/* What a trust file says of a server, asked of it from elsewhere: members tls_pins, logs and services of facts. Its
 * word is believed as far as that of the host's own files would be: who signs compares, and signs what he sees. */
#ifndef VEDETTE_CLI_SIGN_TRUST_FACTS_H
#define VEDETTE_CLI_SIGN_TRUST_FACTS_H

#include <jansson.h>

struct cli;
struct problem;

int trust_facts_ask(struct cli *, json_t *facts, struct problem *);

#endif
