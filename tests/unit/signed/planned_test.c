/* Plans of backups, and restores: what can be signed. */
#include "tests/unit/unit.h"

#include "lib/signed/planned.h"
#include "tests/signed_rig.h"

#define AGENTS "\"targets\":[{\"fingerprint\":\"" RIG_AGENT "\"}]"
#define PLAN                                                                                                           \
    AGENTS ",\"paths\":[\"/home\",\"/\"],\"target\":\"nas\",\"zone\":\"Europe/Oslo\",\"classes\":[{\"class\":"        \
           "\"daily\",\"calendar\":\"02:00\"},{\"class\":\"differential\",\"calendar\":\"*:0/30\"}]"
#define RESTORE                                                                                                        \
    AGENTS ",\"target\":\"nas\",\"backup\":\"00112233445566778899aabbccddeeff\",\"into\":\"/srv/back\",\"user\":"     \
           "\"root\",\"consent\":\"none\""

static const char *fault(const char *kind, const char *members, const char *changed)
{
    static struct problem problem;
    struct document document;
    char *payload = rig_payload(kind, members, changed);
    problem = (struct problem){ .code = "" };
    if (!document_read(payload, strlen(payload), &document, &problem))
        document_free(&document);
    free(payload);
    return *problem.code ? problem.field : "";
}

#define TRY(kind, members, changed, at) assert_string_equal(fault(kind, members, changed), at)

static void what_a_plan_must_say(void **state)
{
    (void)state;
    TRY("backup-plan", PLAN, NULL, "");
    TRY("backup-plan", PLAN, "{\"paths\":null}", "paths");
    TRY("backup-plan", PLAN, "{\"paths\":null,\"dumps\":[\"postgres\"]}", "");
    TRY("backup-plan", PLAN, "{\"databases\":[\"/srv/app.db\"],\"paths\":null}", "");
    TRY("backup-plan", PLAN, "{\"databases\":[\"app.db\"]}", "databases");
    TRY("backup-plan", PLAN, "{\"excluded\":[\"/home/../etc\"]}", "excluded");
    TRY("backup-plan", PLAN, "{\"dumps\":[\"a\",\"b\",\"a\"]}", "dumps");
    TRY("backup-plan", PLAN, "{\"dumps\":[\"../a\"]}", "dumps[0]");
    TRY("backup-plan", PLAN, "{\"classes\":[{\"class\":\"daily\",\"calendar\":\"25:00\"}]}", "classes");
    TRY("backup-plan", PLAN, "{\"classes\":[{\"class\":\"manual\",\"calendar\":\"daily\"}]}", "classes[0].class");
    TRY("backup-plan", PLAN, "{\"classes\":[{\"class\":\"differential\",\"calendar\":\"daily\"}]}", "classes");
    TRY("backup-plan", PLAN,
        "{\"classes\":[{\"class\":\"daily\",\"calendar\":\"01:00\"},{\"class\":\"daily\",\"calendar\":\"02:00\"}]}",
        "classes");
}

static void what_a_restore_must_say(void **state)
{
    (void)state;
    TRY("restore", RESTORE, NULL, "");
    TRY("restore", RESTORE, "{\"into\":\"srv\"}", "into");
    TRY("restore", RESTORE, "{\"paths\":[\"/home/anna\"]}", "");
    TRY("restore", RESTORE, "{\"paths\":[\"/home//anna\"]}", "paths");
    TRY("restore", RESTORE, "{\"source\":{\"fingerprint\":\"" RIG_OTHER_AGENT "\"}}", "source");
    TRY("restore", RESTORE, "{\"source\":{\"fingerprint\":\"" RIG_OTHER_AGENT "\",\"agent\":9}}", "");
}

static void paths_have_one_form(void **state)
{
    static const char *const good[] = { "/", "/a", "/a/b", "/...", "/.a/b..", "/a b" };
    static const char *const other[] = { "", "a", "./a", "//", "/a/", "/a//b", "/.", "/a/..", "/../a" };
    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++)
        assert_true(planned_is_path(good[i]));
    for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
        assert_false(planned_is_path(other[i]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_plan_must_say),
        cmocka_unit_test(what_a_restore_must_say),
        cmocka_unit_test(paths_have_one_form),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
