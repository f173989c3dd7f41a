/* Envelopes and payloads: what is read, and what is not. */
#include "tests/unit/unit.h"

#include "tests/signed_rig.h"

static const char *read_code(const char *kind, const char *members, const char *changed, char field[64])
{
    static struct problem problem;
    struct document document;
    char *payload = rig_payload(kind, members, changed);
    problem = (struct problem){ .code = "" };
    if (!document_read(payload, strlen(payload), &document, &problem))
        document_free(&document);
    free(payload);
    memcpy(field, problem.field, sizeof(problem.field));
    return problem.code;
}

#define TRY(kind, members, changed, code, at)                                                                          \
    do {                                                                                                               \
        char field[64];                                                                                                \
        assert_string_equal(read_code(kind, members, changed, field), code);                                           \
        assert_string_equal(field, at);                                                                                \
    } while (0)

#define T2 "{\"fingerprint\":\"" RIG_AGENT "\"},{\"fingerprint\":\"" RIG_OTHER_AGENT "\"}"

static void a_task_becomes_a_struct(void **state)
{
    struct document document;
    struct document_scope scope;
    char *payload = rig_payload("task", RIG_TASK,
        "{\"environment\":[{\"name\":\"LANG\",\"value\":\"C\"}],\"schedule\":{\"calendar\":\"daily\",\"zone\":\"UTC\","
        "\"missed\":\"once\"},\"fresh_within_s\":60,\"targets\":[" T2 "]}");
    (void)state;
    assert_int_equal(document_read(payload, strlen(payload), &document, NULL), 0);
    const struct document_task *task = &document.body.task;
    assert_int_equal(task->head.kind, DOCUMENT_KIND_TASK);
    assert_int_equal(task->n_argv, 2);
    assert_string_equal(task->argv[1], "-u");
    assert_string_equal(task->environment[0].value, "C");
    assert_int_equal(task->schedule->missed, MISSED_ONCE);
    assert_null(task->script);
    assert_null(task->rollout);
    document_scope(&document, &scope);
    assert_int_equal(scope.n_targets, 2);
    assert_int_equal(scope.fresh_within_s, 60);
    assert_true(document_is_for(&document, RIG_OTHER_AGENT, NULL, NULL));
    document_free(&document);
    free(payload);
}

static void what_nobody_meant_is_refused(void **state)
{
    (void)state;
    TRY("task", RIG_TASK, NULL, "", "");
    TRY("task", RIG_TASK, "{\"surprise\":1}", "unknown-field", "surprise");
    TRY("task", RIG_TASK, "{\"user\":null}", "missing-field", "user");
    TRY("task", RIG_TASK, "{\"version\":0}", "bad-field", "version");
    TRY("task", RIG_TASK, "{\"document\":\"../../../../etc/cron.d/aaaaaaaaaa\"}", "bad-field", "document");
    TRY("task", RIG_TASK, "{\"argv\":[]}", "bad-field", "argv");
    TRY("task", RIG_TASK, "{\"argv\":[\"/bin/a\",7]}", "bad-field", "argv[1]");
    TRY("task", RIG_TASK, "{\"targets\":[{\"fingerprint\":\"" RIG_AGENT "\",\"x\":1}]}", "unknown-field",
        "targets[0].x");
    TRY("task", RIG_TASK, "{\"schedule\":{\"calendar\":\"daily\",\"zone\":\"UTC\"}}", "missing-field",
        "schedule.missed");
    TRY("task", RIG_TASK, "{\"schedule\":7}", "bad-field", "schedule");
    TRY("nothing", "", NULL, "unknown-kind", "kind");
}

/* What is left out is left out in one way. */
static void null_is_nothing(void **state)
{
    struct document document;
    struct problem problem;
    struct buf text = { 0 };
    char *payload = rig_payload("freeze", "", NULL);
    (void)state;
    buf_format(&text, "%.*s,\"reason\":null}", (int)(strlen(payload) - 2), payload);
    assert_int_equal(document_read(text.data, text.length, &document, &problem), -1);
    assert_string_equal(problem.code, "unknown-field");
    assert_string_equal(problem.field, "reason");
    buf_free(&text);
    free(payload);
}

static void what_cannot_be_is_refused(void **state)
{
    (void)state;
    TRY("task", RIG_TASK, "{\"argv\":null}", "bad-document", "argv");
    TRY("task", RIG_TASK, "{\"script\":{\"interpreter\":[\"/bin/sh\"],\"body\":\"id\"}}", "bad-document", "argv");
    TRY("task", RIG_TASK, "{\"argv\":[\"id\"]}", "bad-document", "argv");
    TRY("task", RIG_TASK, "{\"argv\":null,\"script\":{\"interpreter\":[\"sh\"],\"body\":\"id\"}}", "bad-document",
        "script");
    TRY("task", RIG_TASK, "{\"targets\":null}", "bad-document", "targets");
    TRY("task", RIG_TASK, "{\"tenant\":\"acme\"}", "bad-document", "targets");
    TRY("task", RIG_TASK, "{\"targets\":null,\"site\":\"oslo\"}", "bad-document", "site");
    TRY("task", RIG_TASK, "{\"targets\":[" T2 ",{\"fingerprint\":\"" RIG_AGENT "\"}]}", "bad-document", "targets");
    TRY("task", RIG_TASK, "{\"expires\":\"2026-01-01T00:00:00Z\"}", "bad-document", "expires");
    TRY("task", RIG_TASK, "{\"environment\":[{\"name\":\"A=B\",\"value\":\"\"}]}", "bad-document", "environment");
    TRY("task", RIG_TASK, "{\"environment\":[{\"name\":\"1A\",\"value\":\"\"}]}", "bad-document", "environment");
    TRY("task", RIG_TASK, "{\"environment\":[{\"name\":\"A\",\"value\":\"\"},{\"name\":\"A\",\"value\":\"b\"}]}",
        "bad-document", "environment");
    TRY("unfreeze", "", NULL, "bad-document", "version");
    TRY("revocation", "", NULL, "bad-document", "documents");
    TRY("status", "\"trust_version\":1,\"revocation_version\":0", "{\"document\":\"" RIG_DOCUMENT "\"}", "bad-document",
        "document");
}

static void a_file_stays_in_the_runs_folder(void **state)
{
    static const struct {
        const char *path, *code;
    } cases[] = { { "a", "" }, { "a/b.sh", "" }, { "..a", "" }, { ".hidden", "" }, { "/etc/passwd", "bad-document" },
        { "../a", "bad-document" }, { "a/../../b", "bad-document" }, { "a//b", "bad-document" },
        { "a/", "bad-document" }, { ".", "bad-document" }, { "a/./b", "bad-document" }, { "..", "bad-document" } };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char changed[256];
        snprintf(changed, sizeof(changed), "{\"files\":[{\"sha256\":\"" RIG_AGENT "\",\"bytes\":1,\"path\":\"%s\"}]}",
            cases[i].path);
        TRY("task", RIG_TASK, changed, cases[i].code, *cases[i].code ? "files" : "");
    }
}

static void an_envelope_goes_there_and_back(void **state)
{
    struct rig *rig = rig_new();
    struct dsse dsse = rig_document(rig, "task", RIG_TASK, NULL, BY(ALICE) | BY(CAROL)), again;
    struct buf text = { 0 }, twice = { 0 };
    (void)state;
    assert_int_equal(dsse_format(&dsse, &text), 0);
    assert_int_equal(dsse_parse(text.data, text.length, &again, NULL), 0);
    assert_memory_equal(dsse.sha256, again.sha256, SHA256_BYTES);
    assert_int_equal(again.n_signatures, 2);
    assert_int_equal(dsse_format(&again, &twice), 0);
    assert_string_equal(text.data, twice.data);
    assert_memory_equal(dsse.pae, "DSSEv1 36 application/vnd.vedette.task.v1+json ", 46);
    dsse_free(&dsse);
    dsse_free(&again);
    buf_free(&text);
    buf_free(&twice);
    rig_free(rig);
}

static const char *parse_code(const char *text)
{
    static struct problem problem;
    struct dsse dsse;
    problem = (struct problem){ .code = "" };
    if (!dsse_parse(text, strlen(text), &dsse, &problem))
        dsse_free(&dsse);
    return problem.code;
}

#define TYPE "\"payloadType\":\"application/vnd.vedette.task.v1+json\""
#define SIG "{\"keyid\":\"" RIG_AGENT "\",\"sig\":\"AA==\"}"

static void an_envelope_is_that_and_nothing_else(void **state)
{
    (void)state;
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e30=\",\"signatures\":[" SIG "]}"), "");
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e30=\",\"signatures\":[]}"), "");
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e30=\",\"signatures\":[" SIG "," SIG "]}"), "bad-document");
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e30\",\"signatures\":[]}"), "bad-document");
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e31=\",\"signatures\":[]}"), "bad-document");
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e30=\"}"), "bad-document");
    assert_string_equal(parse_code("{" TYPE ",\"payload\":\"e30=\",\"signatures\":[],\"x\":1}"), "bad-document");
    assert_string_equal(
        parse_code("{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[]}"),
        "unknown-kind");
    assert_string_equal(parse_code("{" TYPE "," TYPE ",\"payload\":\"e30=\",\"signatures\":[]}"), "bad-json");
    assert_string_equal(
        parse_code("{" TYPE ",\"payload\":\"e30=\",\"signatures\":[{\"keyid\":\"aa\",\"sig\":\"AA==\"}]}"),
        "bad-document");
}

/* Signed as a freeze, which one person may, and in truth a task. */
static void a_document_is_of_the_kind_it_was_signed_as(void **state)
{
    struct document document;
    struct problem problem;
    struct dsse dsse;
    char *payload = rig_payload("freeze", "", "{\"kind\":\"unfreeze\",\"version\":2}");
    (void)state;
    assert_int_equal(dsse_make(DOCUMENT_KIND_FREEZE, payload, strlen(payload), &dsse, NULL), 0);
    assert_int_equal(document_parse(&dsse, &document, &problem), -1);
    assert_string_equal(problem.code, "bad-document");
    assert_string_equal(problem.field, "kind");
    dsse_free(&dsse);
    free(payload);
}

static void freeze_and_unfreeze_are_one_document(void **state)
{
    const struct document_head freeze = { .kind = DOCUMENT_KIND_FREEZE, .document = RIG_DOCUMENT };
    struct document_head other = freeze;
    (void)state;
    other.kind = DOCUMENT_KIND_UNFREEZE;
    assert_true(document_same(&freeze, &other));
    other.kind = DOCUMENT_KIND_TASK;
    assert_false(document_same(&freeze, &other));
    other = freeze;
    other.document = RIG_DEPLOYMENT;
    assert_false(document_same(&freeze, &other));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_task_becomes_a_struct),
        cmocka_unit_test(what_nobody_meant_is_refused),
        cmocka_unit_test(null_is_nothing),
        cmocka_unit_test(what_cannot_be_is_refused),
        cmocka_unit_test(a_file_stays_in_the_runs_folder),
        cmocka_unit_test(an_envelope_goes_there_and_back),
        cmocka_unit_test(an_envelope_is_that_and_nothing_else),
        cmocka_unit_test(a_document_is_of_the_kind_it_was_signed_as),
        cmocka_unit_test(freeze_and_unfreeze_are_one_document),
    };
    crypto_open();
    return cmocka_run_group_tests(tests, NULL, NULL);
}
