/* A passkey that signs documents, made on the local page. It proves itself by signing once, so that nothing need be
 * believed of what the browser says of it. */
#include <stdlib.h>
#include <string.h>

#include "cli/page.h"
#include "cli/sign/sign.h"
#include "lib/message/message.h"
#include "lib/signed/webauthn.h"

extern const struct http_assets sign_assets;

struct making {
    uint8_t challenge[SHA256_BYTES];
    char public_key[SPKI_TEXT_BYTES];
    bool declined;
};

static int check(
    const struct making *making, const struct public_key *key, const json_t *given, struct problem *problem)
{
    struct assertion assertion;
    char *text = message_text(given, JSON_COMPACT);
    if (!text)
        return problem_set(problem, "bad-signature", "", "the passkey signed nothing");
    int status = assertion_parse(text, strlen(text), &assertion, problem);
    free(text);
    return status || assertion_verify(&assertion, key, SIGN_RP_ID, SIGN_ORIGIN, making->challenge, problem) ? -1 : 0;
}

static int take_key(struct making *making, const json_t *body, struct problem *problem)
{
    const char *text = json_string_value(json_object_get(body, "public_key"));
    struct public_key key;
    if (!text)
        return problem_set(problem, "missing-field", "public_key", "there is no public key");
    if (key_read_text(text, &key, problem))
        return -1;
    int status = check(making, &key, json_object_get(body, "assertion"), problem);
    if (!status)
        key_text(&key, making->public_key);
    key_free(&key);
    return status;
}

static int take(void *arg, const char *what, const json_t *body, json_t **ret_reply, enum page_step *ret_step,
    struct problem *problem)
{
    (void)ret_reply;
    struct making *making = arg;
    if (!strcmp(what, "refuse"))
        making->declined = true;
    else if (strcmp(what, "register"))
        return problem_set(problem, "not-found", "", "this page only makes a passkey");
    else if (take_key(making, body, problem))
        return -1;
    *ret_step = PAGE_ENDS;
    return 0;
}

int passkey_in_browser(const char *person, char ret_public[SPKI_TEXT_BYTES], struct problem *problem)
{
    struct making making = { 0 };
    char challenge[BASE64_BYTES(SHA256_BYTES)];
    crypto_random(making.challenge, sizeof(making.challenge));
    crypto_base64(making.challenge, sizeof(making.challenge), challenge);
    json_t *work = json_pack("{s:s, s:s, s:s}", "for", "register", "name", person, "challenge", challenge);
    char *text = work ? message_text(work, JSON_COMPACT) : NULL;
    json_decref(work);
    if (!text)
        return problem_set(problem, "no-memory", "", "out of memory");
    const struct page page = { .port = SIGN_PORT, .assets = &sign_assets, .work = text, .take = take, .arg = &making };
    int status = page_serve(&page, problem);
    free(text);
    if (status)
        return -1;
    if (making.declined)
        return problem_set(problem, "declined", "", "no passkey was made");
    memcpy(ret_public, making.public_key, SPKI_TEXT_BYTES);
    return 0;
}
