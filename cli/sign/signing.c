/* What is to be signed: read, and held against what is known here. */
#include <stdlib.h>
#include <string.h>

#include "cli/sign/home.h"
#include "cli/sign/sign.h"
#include "lib/files.h"

static int read_document(const char *text, size_t bytes, struct signing *ret, struct problem *problem)
{
    /* An envelope has a type; a payload, of which nothing is signed yet, says its kind itself. */
    if (!dsse_parse(text, bytes, &ret->dsse, problem))
        return document_parse(&ret->dsse, &ret->document, problem);
    if (memmem(text, bytes, "\"payloadType\"", 13))
        return -1;
    if (document_read(text, bytes, &ret->document, problem))
        return -1;
    return dsse_make((enum document_kind)ret->document.body.head.kind, text, bytes, &ret->dsse, problem);
}

static int find_trust(struct cli *cli, struct signing *ret, struct problem *problem)
{
    const struct document_head *head = &ret->document.body.head;
    struct problem none = { .code = "" };
    if (head->kind == DOCUMENT_KIND_TRUST && !(ret->next = trust_read(&ret->dsse, problem)))
        return -1;
    ret->trust = home_trust(cli, &none);
    if (!ret->trust && !(ret->next && head->version == 1 && !strcmp(none.code, "no-trust"))) {
        if (problem)
            *problem = none;
        return -1;
    }
    if (ret->trust && strcmp(ret->trust->body->head.deployment, head->deployment))
        return problem_set(
            problem, "other-deployment", "", "the document is of another deployment than the trust file here");
    return 0;
}

/* Not enough is no problem yet. */
static int count(const struct signing *signing, const struct trust *trust, struct signers *ret, struct problem *problem)
{
    struct problem why = { .code = "" };
    if (!verify_signers(&signing->dsse, trust, TRUST_NONE_REVOKED, ret, &why) || !strcmp(why.code, "too-few-signers"))
        return 0;
    if (problem)
        *problem = why;
    return -1;
}

int signing_count(struct signing *signing, struct problem *problem)
{
    if ((signing->trust && count(signing, signing->trust, &signing->signers, problem)) ||
        (signing->next && count(signing, signing->next, &signing->by_next, problem)))
        return -1;
    signing->complete = (!signing->trust || signing->signers.count >= signing->signers.threshold) &&
                        (!signing->next || signing->by_next.count >= signing->by_next.threshold);
    return 0;
}

int signing_parse(struct cli *cli, const char *text, size_t bytes, struct signing *ret, struct problem *problem)
{
    struct signing signing = { 0 };
    if (read_document(text, bytes, &signing, problem) || find_trust(cli, &signing, problem) ||
        signing_count(&signing, problem) || home_before(cli, &signing.document.body.head, &signing.before, problem)) {
        signing_free(&signing);
        return -1;
    }
    /* Signing the same again shows no change. */
    if (signing.before.length == signing.dsse.payload_bytes &&
        !memcmp(signing.before.data, signing.dsse.payload, signing.dsse.payload_bytes))
        buf_clear(&signing.before);
    *ret = signing;
    return 0;
}

int signing_read(struct cli *cli, const char *path, struct signing *ret, struct problem *problem)
{
    char *text;
    size_t bytes;
    if (file_read(path, DSSE_BYTES, &text, &bytes, problem))
        return -1;
    int error = signing_parse(cli, text, bytes, ret, problem);
    free(text);
    return error;
}

void signing_free(struct signing *signing)
{
    trust_free(signing->trust);
    trust_free(signing->next);
    document_free(&signing->document);
    dsse_free(&signing->dsse);
    buf_free(&signing->before);
}

static const struct trust_key *find_in(
    const struct trust *trust, const char *keyid, bool status, const char **ret_person)
{
    const struct trust_key *key = trust ? trust_find(trust, keyid) : NULL;
    if (!key || (key->person == TRUST_PEOPLE) != status)
        return NULL;
    *ret_person = trust_person(trust, key);
    return key;
}

const struct trust_key *signing_key_by(const struct signing *signing, const char *keyid, const char **ret_person)
{
    bool status = kind_rows[signing->document.body.head.kind].signed_by == BY_STATUS_KEY;
    const struct trust_key *key = find_in(signing->trust, keyid, status, ret_person);
    return key ? key : find_in(signing->next, keyid, status, ret_person);
}
