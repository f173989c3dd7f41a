/* `vedette trust status`: the status key says that nothing newer was withheld up to now. Often, by a machine that has
 * the key, off the server: it can only age or stop things. */

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "cli/sign/home.h"
#include "cli/sign/sign.h"
#include "lib/clock.h"
#include "lib/signed/status.h"

/* Versions must rise whichever machine signs next: seconds since 1970 do, without a count to be kept. */
static uint32_t version_now(void)
{
    return (uint32_t)(clock_wall_ms() / 1000);
}

static json_t *compose(const struct trust *trust, const struct document *revocation, bool frozen)
{
    const struct document_head *have = &trust->body->head;
    struct head head = { DOCUMENT_KIND_STATUS, have->deployment, have->deployment, version_now(), "status", 0, 0, 90 };
    json_t *payload = compose_head(&head);
    json_object_set_new(payload, "trust_version", json_integer(have->version));
    json_object_set_new(
        payload, "revocation_version", json_integer(revocation->json ? revocation->body.head.version : 0));
    if (frozen)
        json_object_set_new(payload, "frozen", json_true());
    return payload;
}

enum outcome run_trust_status(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct document revocation;
    struct trust *trust = home_trust(cli, &problem);
    if (!trust || home_revocation(cli, &revocation, &problem)) {
        trust_free(trust);
        return sign_fail(command, &problem);
    }
    json_t *payload = compose(trust, &revocation, given_value(command, given, "--frozen"));
    document_free(&revocation);
    trust_free(trust);
    return compose_and_sign(cli, command, given, payload, &problem) ? sign_fail(command, &problem) : OUTCOME_OK;
}
