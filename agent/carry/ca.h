/* The deployment's CA: fetched from anybody, believed only for its hash. */
#ifndef VEDETTE_AGENT_CARRY_CA_H
#define VEDETTE_AGENT_CARRY_CA_H

struct problem;

/* Fetch it from the server; wanted is "sha256:HEX". *ret_pem is the caller's to free. */
int ca_fetch(const char *server, const char *wanted, char **ret_pem, struct problem *);
/* -1 + problem "wrong-ca" unless the text holds exactly one certificate and it is the wanted one. */
int ca_check(const char *pem, const char *wanted, struct problem *);

#endif
