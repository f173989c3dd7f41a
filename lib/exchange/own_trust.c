#include "lib/exchange/own_trust.h"

#include <string.h>

#include "lib/exchange/own_keys.h"
#include "lib/log.h"

static void hold(struct own_trust *own, struct trust *trust)
{
    trust_free(own->newest);
    own->newest = trust;
    own_keys_named(trust, own->us, own->sign_key);
}

int own_trust_open(
    struct own_trust *own, enum addressee us, const char *trust, const char *revocation, struct problem *problem)
{
    *own = (struct own_trust){ .us = us };
    if (trust) {
        struct trust *newest = trust_open(trust, problem);
        if (!newest)
            return -1;
        hold(own, newest);
    }
    return revocation ? document_open_kind(revocation, DOCUMENT_KIND_REVOCATION, &own->revocation, problem) : 0;
}

void own_trust_close(struct own_trust *own)
{
    trust_free(own->newest);
    if (own->revocation.json)
        document_free(&own->revocation);
}

const char *own_trust_deployment(const struct own_trust *own)
{
    return own->newest ? own->newest->body->head.deployment : NULL;
}

const struct document_sealing *own_trust_sealing(const struct own_trust *own)
{
    return own->newest ? trust_service(own->newest, own->us) : NULL;
}

struct trust_revoked own_trust_revoked(const struct own_trust *own)
{
    return trust_revoked_by(&own->revocation);
}

int own_trust_follow(struct own_trust *own, const char *dsse, struct problem *problem)
{
    struct trust *next =
        own->newest ? trust_follow(own->newest, own_trust_revoked(own), dsse, strlen(dsse), problem)
                    : trust_first(dsse, problem);
    if (!next)
        return -1;
    hold(own, next);
    log_info("trust.followed", LOG_INT("version", next->body->head.version));
    return 0;
}

void own_trust_revoke(struct own_trust *own, const struct document *revocation)
{
    if (own->revocation.json)
        document_free(&own->revocation);
    own->revocation = *revocation;
}
