/* Signing on the local page: what page and program say to each other (web/src/sign/ask.ts has the other end). */
#include <stdlib.h>
#include <string.h>

#include "cli/page.h"
#include "cli/sign/sign.h"
#include "lib/calendar/calendar.h"
#include "lib/calendar/zone.h"
#include "lib/clock.h"
#include "lib/message/message.h"
#include "lib/signed/webauthn.h"

#define RUNS_SHOWN 6
#define NAMES_BYTES 2048 /* 64 people; the page shows as many as fit */

extern const struct http_assets sign_assets;

struct sitting {
    const struct signing *signing;
    struct signature signature; /* what came of it */
    bool declined;
};

static char *base64(const void *data, size_t bytes)
{
    char *text = malloc(BASE64_BYTES(bytes));
    if (text)
        crypto_base64(data, bytes, text);
    return text;
}

/* When a recurring task would run next; an empty list for all else. */
static json_t *next_runs(const struct document *document)
{
    json_t *runs = json_array();
    const struct document_schedule *schedule =
        document->body.head.kind == DOCUMENT_KIND_TASK ? document->body.task.schedule : NULL;
    struct calendar calendar;
    struct zone *zone = schedule ? zone_load(schedule->zone, NULL) : NULL;
    if (zone && !calendar_parse(schedule->calendar, &calendar, NULL)) {
        const struct document_head *head = &document->body.head;
        int64_t now_ms = clock_wall_ms(), at = head->not_before > now_ms ? head->not_before - 1 : now_ms;
        while (json_array_size(runs) < RUNS_SHOWN && (at = calendar_next(&calendar, zone, at)) < head->expires) {
            char text[RFC3339_BYTES];
            clock_rfc3339(text, at);
            json_array_append_new(runs, json_string(text));
        }
    }
    zone_free(zone);
    return runs;
}

static unsigned missing_of(const struct signers *signers)
{
    return signers->threshold > signers->count ? signers->threshold - signers->count : 0;
}

/* People who must still sign; of a trust file those of the old one or those of the new, whichever are more. */
static unsigned missing(const struct signing *signing)
{
    unsigned by_trust = signing->trust ? missing_of(&signing->signers) : 0;
    unsigned by_next = signing->next ? missing_of(&signing->by_next) : 0;
    return by_trust > by_next ? by_trust : by_next;
}

static char *work_of(const struct signing *signing)
{
    const struct dsse *dsse = &signing->dsse;
    char number[HEX_BYTES(SHA256_BYTES)], names[NAMES_BYTES] = "";
    crypto_hex(dsse->sha256, SHA256_BYTES, number);
    const struct trust *trust = signing->trust ? signing->trust : signing->next;
    if (trust)
        signers_text(signing->trust ? &signing->signers : &signing->by_next, trust, names, sizeof(names));
    char *payload = base64(dsse->payload, dsse->payload_bytes);
    char *before = signing->before.length ? base64(signing->before.data, signing->before.length) : NULL;
    json_t *work = json_pack("{s:s, s:s, s:s, s:s, s:o, s:s, s:i}", "for", "sign", "kind",
        document_kind_words[dsse->kind], "payload", payload, "document_sha256", number, "runs",
        next_runs(&signing->document), "signed", names, "missing", (int)missing(signing));
    bool whole = (before || !signing->before.length) && !message_put(work, "before", before);
    char *text = whole ? message_text(work, JSON_COMPACT) : NULL;
    json_decref(work);
    free(before);
    free(payload);
    return text;
}

/* The passkey of a trust file whose signature it is: the browser does not say which was used. Its person; NULL +
 * problem. */
static const char *signer_in(
    const struct trust *trust, const struct dsse *dsse, struct dsse_signature *signature, struct problem *problem)
{
    for (size_t i = 0; trust && i < trust->n_keys; i++) {
        const struct trust_key *key = &trust->keys[i];
        if (key->type != KEY_TYPE_WEBAUTHN || key->person == TRUST_PEOPLE)
            continue;
        memcpy(signature->keyid, key->ssh.key.keyid, KEYID_BYTES);
        if (!verify_one(key, dsse, signature, problem))
            return trust_person(trust, key);
    }
    return NULL;
}

static int take_signature(struct sitting *sitting, const json_t *assertion, json_t **ret_reply, struct problem *problem)
{
    const struct signing *signing = sitting->signing;
    char *text = message_text(assertion, JSON_COMPACT);
    if (!text || strlen(text) > DSSE_SIGNATURE_BYTES) {
        free(text);
        return problem_set(problem, "bad-signature", "", "the passkey's answer is too long");
    }
    struct dsse_signature signature = { .sig = (uint8_t *)text, .bytes = strlen(text) };
    problem_set(problem, "no-passkey", "", "the trust file names no passkey");
    const char *person = signer_in(signing->trust, &signing->dsse, &signature, problem);
    if (!person)
        person = signer_in(signing->next, &signing->dsse, &signature, problem);
    if (person) {
        memcpy(sitting->signature.keyid, signature.keyid, KEYID_BYTES);
        memcpy(sitting->signature.sig, signature.sig, signature.bytes);
        sitting->signature.bytes = signature.bytes;
        *ret_reply = json_pack("{s:s}", "person", person);
    }
    free(text);
    return person ? 0 : -1;
}

static int take(void *arg, const char *what, const json_t *body, json_t **ret_reply, enum page_step *ret_step,
    struct problem *problem)
{
    struct sitting *sitting = arg;
    if (!strcmp(what, "refuse"))
        sitting->declined = true;
    else if (strcmp(what, "sign"))
        return problem_set(problem, "not-found", "", "this page only signs");
    else if (take_signature(sitting, body, ret_reply, problem))
        return -1;
    *ret_step = PAGE_ENDS;
    return 0;
}

int sign_in_browser(const struct signing *signing, struct signature *ret, struct problem *problem)
{
    struct sitting sitting = { .signing = signing };
    char *work = work_of(signing);
    if (!work)
        return problem_set(problem, "no-memory", "", "out of memory");
    const struct page page = { .port = SIGN_PORT, .assets = &sign_assets, .work = work, .take = take, .arg = &sitting };
    int status = page_serve(&page, problem);
    free(work);
    if (status)
        return -1;
    if (sitting.declined)
        return problem_set(problem, "declined", "", "it was not signed");
    *ret = sitting.signature;
    return 0;
}
