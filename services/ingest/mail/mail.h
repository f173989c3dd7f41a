/* Mail of an agent: proof of who sends it, report of its machine, its counter back, and whether it is still one
 * machine. */
#ifndef INGEST_MAIL_H
#define INGEST_MAIL_H

#include <stddef.h>

#include "lib/crypto.h"
#include "services/ingest/mail/nonces.h"

struct call_agent_mail_reply;
struct ingest;
struct problem;

/* As it was posted. */
struct posted {
    const char *body;
    size_t bytes;
    const char *mac;     /* the header's text; NULL: there was none */
    const char *address; /* from where */
};
/* POST /v1/mail. ret_nonce: the reply's text. */
int mail_take(struct ingest *, const struct posted *, struct call_agent_mail_reply *ret,
    char ret_nonce[HEX_BYTES(NONCE_BYTES)], struct problem *);

#endif
