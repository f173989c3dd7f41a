/* What an agent knows of its deployment: a revocation, once it has come, counts at every rotation and status. */
#include <sys/stat.h>

#include "agent/work/knowledge.h"
#include "agent/work/place.h"
#include "tests/signed_rig.h"
#include "tests/unit/agent/place.h"

static struct buf text_of(struct dsse dsse)
{
    struct buf text = { 0 };
    assert_int_equal(dsse_format(&dsse, &text), 0);
    dsse_free(&dsse);
    return text;
}

/* An agent that believes the first trust file. */
static struct knowledge adopt(const struct rig *rig)
{
    struct problem problem;
    struct knowledge knowledge;
    struct home home = { 0 };
    struct trust *first = rig_trust(rig);
    struct buf chain = text_of(rig_trust_dsse(rig, NULL, BY(ALICE) | BY(BOB)));
    memcpy(home.pin, first->sha256, sizeof(home.pin));
    assert_int_equal(mkdir(TRUST_DIR, 0700), 0);
    assert_int_equal(knowledge_adopt(&home, chain.data, chain.length, &problem), 0);
    assert_int_equal(knowledge_load(&knowledge, &problem), 0);
    buf_free(&chain);
    trust_free(first);
    return knowledge;
}

static void withdraw(const struct rig *rig, struct knowledge *knowledge, enum rig_who whose)
{
    char members[128];
    struct dsse dsse;
    struct problem problem;
    snprintf(members, sizeof(members), "\"keys\":[\"%s\"]", rig->keys[whose].public.keyid);
    struct buf text = text_of(rig_document(rig, "revocation", members, NULL, BY(ALICE)));
    assert_int_equal(dsse_parse(text.data, text.length, &dsse, &problem), 0);
    assert_int_equal(knowledge_revocation(knowledge, &dsse, text.data, &problem), 0);
    dsse_free(&dsse);
    buf_free(&text);
}

static void expect_rotation(const struct rig *rig, struct knowledge *knowledge, unsigned by, const char *code)
{
    char hash[HEX_BYTES(SHA256_BYTES)], changed[128];
    struct problem problem = { .code = "" };
    crypto_hex(knowledge->trust->sha256, SHA256_BYTES, hash);
    snprintf(changed, sizeof(changed), "{\"version\":2,\"previous\":\"%s\"}", hash);
    struct buf next = text_of(rig_trust_dsse(rig, changed, by));
    int error = knowledge_trust(knowledge, next.data, next.length, &problem);
    assert_string_equal(error ? problem.code : "", code);
    buf_free(&next);
}

static void a_revoked_key_rotates_nothing(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    struct problem problem;
    struct knowledge knowledge = adopt(rig);
    withdraw(rig, &knowledge, BOB);
    expect_rotation(rig, &knowledge, BY(ALICE) | BY(BOB), "too-few-signers");
    /* Nor when it has begun anew. */
    knowledge_free(&knowledge);
    assert_int_equal(knowledge_load(&knowledge, &problem), 0);
    expect_rotation(rig, &knowledge, BY(ALICE) | BY(BOB), "too-few-signers");
    expect_rotation(rig, &knowledge, BY(ALICE) | BY(CAROL), "");
    knowledge_free(&knowledge);
    rig_free(rig);
}

/* A rotation counts for what was known when it came: or nothing could be read back after a key of its was lost. */
static void a_revocation_unmakes_no_rotation_of_before(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    struct problem problem;
    struct knowledge knowledge = adopt(rig);
    expect_rotation(rig, &knowledge, BY(ALICE) | BY(BOB), "");
    withdraw(rig, &knowledge, BOB);
    knowledge_free(&knowledge);
    assert_int_equal(knowledge_load(&knowledge, &problem), 0);
    assert_int_equal(knowledge.trust->body->head.version, 2);
    knowledge_free(&knowledge);
    rig_free(rig);
}

static const char *bring_status(const struct rig *rig, struct knowledge *knowledge, const char *changed)
{
    static struct problem problem;
    struct dsse dsse;
    struct buf text = text_of(
        rig_document(rig, "status", "\"trust_version\":1,\"revocation_version\":0", changed, BY(STATUS_KEY)));
    problem = (struct problem){ .code = "" };
    assert_int_equal(dsse_parse(text.data, text.length, &dsse, &problem), 0);
    knowledge_status(knowledge, &dsse, text.data, &problem);
    dsse_free(&dsse);
    buf_free(&text);
    return problem.code;
}

/* What its thief signed lets nothing begin any more; that the time was signed remains. */
static void a_status_goes_with_its_key(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    struct problem problem;
    struct knowledge knowledge = adopt(rig);
    assert_string_equal(bring_status(rig, &knowledge, NULL), "");
    withdraw(rig, &knowledge, BOB);
    assert_non_null(knowledge_has_status(&knowledge));
    knowledge_free(&knowledge);
    assert_int_equal(knowledge_load(&knowledge, &problem), 0);
    assert_non_null(knowledge_has_status(&knowledge));
    unlink(REVOCATION_FILE);
    knowledge_free(&knowledge);
    assert_int_equal(knowledge_load(&knowledge, &problem), 0);

    withdraw(rig, &knowledge, STATUS_KEY);
    assert_null(knowledge_has_status(&knowledge));
    assert_int_equal(knowledge_floor(&knowledge), RIG_NOW);
    knowledge_free(&knowledge);
    assert_int_equal(knowledge_load(&knowledge, &problem), 0);
    assert_null(knowledge_has_status(&knowledge));
    assert_string_equal(bring_status(rig, &knowledge, "{\"version\":2}"), "too-few-signers");
    knowledge_free(&knowledge);
    rig_free(rig);
}

static void a_revocation_that_cannot_be_read_is_not_none(void **state)
{
    (void)state;
    struct rig *rig = rig_new();
    struct problem problem;
    struct knowledge knowledge = adopt(rig);
    withdraw(rig, &knowledge, BOB);
    knowledge_free(&knowledge);
    put(REVOCATION_FILE, "{", 0600);
    assert_int_equal(knowledge_load(&knowledge, &problem), -1);
    rig_free(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(a_revoked_key_rotates_nothing),
        in_place(a_revocation_unmakes_no_rotation_of_before),
        in_place(a_revocation_that_cannot_be_read_is_not_none),
        in_place(a_status_goes_with_its_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
