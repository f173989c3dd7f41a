/* The chain of trust files as the server has it: fetched from anybody, believed only for a hash that root typed and for
 * the signatures from there on. */
#ifndef VEDETTE_AGENT_CARRY_TRUST_H
#define VEDETTE_AGENT_CARRY_TRUST_H

struct buf;
struct options;
struct problem;

/* An envelope a line, appended to *ret. ca: PEM; NULL verifies nobody. */
int trust_fetch(const char *server, const char *ca, struct buf *ret, struct problem *);
/* The deployment's CA, if a trust file that follows from "sha256:HEX" in the chain pins it, and it is `wanted` where
 * that is not NULL. *ret_pem is the caller's to free. */
int trust_pinned_ca(const char *server, const struct buf *chain, const char *hash, const char *wanted, char **ret_pem,
    struct problem *);

/* `vedette-agent-carry trust`: fetch it into TRUST_CHAIN_FILE of an enrolled agent. */
int carry_trust(const struct options *, char **argv);

#endif
