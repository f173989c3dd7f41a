#include "agent/policy.h"
#include "agent/policy_report.h"
#include "agent/policy_rules.h"
#include "agent/policy_settings.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

static int parse(const char *text, struct policy *ret, struct problem *problem)
{
    return policy_parse("p", text, ret, problem);
}

static void test_values(void **state)
{
    (void)state;
    struct policy policy;
    assert_int_equal(parse("", &policy, NULL), 0);
    assert_true(policy.inventory && policy.server_may_wake);
    assert_int_equal(parse("# nothing\n\n  inventory=off # here\r\nserver_may_wake \t= on", &policy, NULL), 0);
    assert_false(policy.inventory);
    assert_true(policy.server_may_wake);
}

/* What holds without a policy: no scripts, no root, no restore. */
static void test_shipped_values(void **state)
{
    (void)state;
    struct policy policy;
    assert_int_equal(parse("", &policy, NULL), 0);
    assert_false(policy.scripts);
    assert_false(policy.kinds >> DOCUMENT_KIND_RESTORE & 1);
    assert_true(policy.kinds >> DOCUMENT_KIND_TASK & 1);
    const struct policy_ask root = { .kind = DOCUMENT_KIND_TASK, .user = "root", .is_root = true },
                            script = { .kind = DOCUMENT_KIND_TASK, .user = "nobody", .script = true },
                            restore = { .kind = DOCUMENT_KIND_RESTORE };
    struct problem problem;
    assert_int_equal(policy_allows(&policy, &root, &problem), -1);
    assert_string_equal(problem.code, "policy-user");
    assert_int_equal(policy_allows(&policy, &script, &problem), -1);
    assert_string_equal(problem.code, "policy-script");
    assert_int_equal(policy_allows(&policy, &restore, &problem), -1);
    assert_string_equal(problem.code, "policy-kind");
}

static void test_what_is_allowed(void **state)
{
    (void)state;
    static const struct {
        const char *text, *code;
        struct policy_ask ask;
    } rows[] = {
        { "", NULL, { .kind = DOCUMENT_KIND_TASK, .user = "nobody", .life_s = 90 * 86400, .timeout_s = 3600 } },
        { "", "policy-life", { .kind = DOCUMENT_KIND_TASK, .user = "nobody", .life_s = 90 * 86400 + 1 } },
        { "", NULL, { .kind = DOCUMENT_KIND_FREEZE, .life_s = 900 * 86400 } },
        { "kinds = none", NULL, { .kind = DOCUMENT_KIND_REVOCATION } },
        { "kinds = none", "policy-kind", { .kind = DOCUMENT_KIND_TASK, .user = "nobody" } },
        { "", "policy-user", { .kind = DOCUMENT_KIND_TASK, .user = "vedette-agent", .is_agent = true } },
        { "users = root", NULL, { .kind = DOCUMENT_KIND_TASK, .user = "root", .is_root = true } },
        { "users = root", "policy-user", { .kind = DOCUMENT_KIND_TASK, .user = "toor", .is_root = true } },
        { "users = backup", "policy-user", { .kind = DOCUMENT_KIND_TASK, .user = "nobody" } },
        { "users = none", "policy-user", { .kind = DOCUMENT_KIND_TASK, .user = "nobody" } },
        { "time_limit = 2min", "policy-time", { .kind = DOCUMENT_KIND_TASK, .user = "nobody", .timeout_s = 121 } },
        { "output_limit = 1K", "policy-output", { .kind = DOCUMENT_KIND_TASK, .user = "x", .output_bytes = 1025 } },
        { "memory_limit = 1G", "policy-memory",
            { .kind = DOCUMENT_KIND_TASK, .user = "x", .memory_bytes = 1 << 30 | 1 } },
        { "processes_limit = 4", "policy-processes", { .kind = DOCUMENT_KIND_TASK, .user = "x", .processes = 5 } },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct policy policy;
        struct problem problem = { 0 };
        assert_int_equal(parse(rows[i].text, &policy, NULL), 0);
        int refused = policy_allows(&policy, &rows[i].ask, &problem);
        if (!!refused != !!rows[i].code || (refused && strcmp(problem.code, rows[i].code)))
            fail_msg("row %zu: %s", i, refused ? problem.code : "allowed");
    }
}

/* What a report says can be written into a policy, and means the same. */
static void test_report_can_be_read(void **state)
{
    (void)state;
    static const char text[] =
        "users = backup root\nhours = Mon..Fri 22:00-06:00, Sat Sun 00:00-24:00\nkinds = none\n"
        "consent = ask\nconsent_wait = 90s\nlongest_life = 36h\nmemory_limit = 1536M\nscripts = on";
    struct policy policy, again;
    char lines[2048] = "";
    const char *name;
    json_t *value;
    assert_int_equal(parse(text, &policy, NULL), 0);
    json_t *report = policy_report(&policy);
    json_object_foreach(report, name, value)
        snprintf(lines + strlen(lines), sizeof(lines) - strlen(lines), "%s = %s\n", name, json_string_value(value));
    assert_string_equal(
        json_string_value(json_object_get(report, "hours")), "Mon Tue Wed Thu Fri 22:00-06:00, Sat Sun 00:00-24:00");
    json_decref(report);
    assert_int_equal(parse(lines, &again, NULL), 0);
    assert_memory_equal(&policy, &again, sizeof(policy));
}

static void test_mistakes_name_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *reason;
    } bad[] = {
        { "inventory = on\ncamera = on\n", "p:2: there is no key camera" },
        { "inventory = yes", "p:1: inventory must be on or off, not yes" },
        { "\n\ninventory", "p:3: not `key = value`" },
        { "inventory = on\ninventory = on", "p:2: inventory stands twice" },
        { "inventory =", "p:1: inventory must be on or off, not " },
        { "= on", "p:1: there is no key " },
        { "inventory = on off", "p:1: inventory must be on or off, not on off" },
        { "consent = maybe", "p:1: consent must be none, notify or ask, not maybe" },
        { "kinds = task trust",
            "p:1: kinds must be none or some of task watch backup-plan restore setting update move, "
            "not task trust" },
        { "time_limit = 3600", "p:1: time_limit must be a number with s, min, h or d, within its limits, not 3600" },
        { "time_limit = 99999d",
            "p:1: time_limit must be a number with s, min, h or d, within its limits, not 99999d" },
        { "memory_limit = -1M", "p:1: memory_limit must be a number with K, M or G, within its limits, not -1M" },
        { "hours = 25:00-26:00",
            "p:1: hours must be always or ranges as Mon..Fri 22:00-06:00, separated by commas, not "
            "25:00-26:00" },
        { "users =", "p:1: users must be none, *, or at most 16 names, not " },
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        struct policy policy = { false, true };
        struct problem problem;
        assert_int_equal(parse(bad[i].text, &policy, &problem), -1);
        assert_string_equal(problem.reason, bad[i].reason);
        assert_false(policy.inventory);
        assert_true(policy.server_may_wake);
    }
    char text[400];
    memset(text, 'x', sizeof(text));
    text[sizeof(text) - 1] = '\0';
    struct policy policy;
    assert_int_equal(parse(text, &policy, NULL), -1);
}

static void test_loose_files_are_refused(void **state)
{
    (void)state;
    static const mode_t loose[] = { 0666, 0664, 0646, 0622 };
    struct policy policy;
    struct problem problem;
    put("policy.conf", "inventory = off\n", 0644);
    assert_int_equal(policy_load("policy.conf", &policy, NULL), 0);
    assert_false(policy.inventory);
    for (size_t i = 0; i < sizeof(loose) / sizeof(*loose); i++) {
        put("policy.conf", "", loose[i]);
        assert_int_equal(policy_load("policy.conf", &policy, &problem), -1);
        assert_string_equal(problem.code, "loose-permissions");
    }
    put("policy.conf", "", 0644);
    if (geteuid() == 0) {
        assert_int_equal(chown("policy.conf", 65534, 65534), 0);
        assert_int_equal(policy_load("policy.conf", &policy, &problem), -1);
        assert_string_equal(problem.code, "loose-permissions");
    }
    assert_int_equal(policy_load("missing.conf", &policy, NULL), -1);
    assert_int_equal(file_write("policy.conf", "inventory = off\0\nmore", 21, 0644, NULL), 0);
    assert_int_equal(policy_load("policy.conf", &policy, NULL), -1);
}

/* The example that is shipped says what holds without it. */
static void test_shipped_example(void **state)
{
    (void)state;
    struct policy policy;
    char *text;
    size_t bytes;
    assert_int_equal(file_read("agent/package/policy.conf", POLICY_LIMIT_BYTES, &text, &bytes, NULL), 0);
    assert_int_equal(parse(text, &policy, NULL), 0);
    for (const struct policy_key *key = policy_keys; key->name; key++) {
        char line[128];
        snprintf(line, sizeof(line), "\n%s = %s\n", key->name, key->initial);
        assert_non_null(strstr(text, line));
    }
    free(text);
}

/* A setting of a document in the place of what the owner says: which of the two holds, and whether it is taken at all. */
static void test_settings(void **state)
{
    (void)state;
    static const struct {
        const char *policy, *name, *value, *shown; /* shown: what holds then */
        bool taken;
    } rows[] = {
        { "time_limit = 1h", "time_limit", "10min", "10min", true },
        { "time_limit = 1h", "time_limit", "1h", "1h", true },
        { "time_limit = 1h", "time_limit", "2h", "1h", false },
        { "time_limit = 1h", "time_limit", "31d", "1h", false }, /* beyond what the key may be */
        { "time_limit = 1h", "time_limit", "much", "1h", false },
        { "memory_limit = 512M", "memory_limit", "64M", "64M", true },
        { "scripts = on", "scripts", "off", "off", true },
        { "scripts = off", "scripts", "on", "off", false },
        { "consent = notify", "consent", "ask", "ask", true },
        { "consent = ask", "consent", "none", "ask", false },
        { "fresh_within = 7d", "fresh_within", "1d", "1d", true },
        { "fresh_within = 1d", "fresh_within", "7d", "1d", false },
        { "kinds = task watch update", "kinds", "watch update", "watch update", true },
        { "kinds = task", "kinds", "task restore", "task", false },
        { "kinds = task", "kinds", "none", "none", true },
        /* The owner's alone. */
        { "users = nobody", "users", "none", "nobody", false },
        { "freeze = on", "freeze", "off", "on", false },
        { "inventory = off", "inventory", "on", "off", false },
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct policy policy;
        struct document_assignment one = { rows[i].name, rows[i].value };
        const struct document_setting setting = { .n_settings = 1, .settings = &one };
        struct problem problem = { .code = "" };
        assert_int_equal(parse(rows[i].policy, &policy, NULL), 0);
        assert_int_equal(policy_settle(&policy, &setting, &problem), rows[i].taken ? 0 : -1);
        if (!rows[i].taken)
            assert_string_equal(problem.code, "policy-setting");
        json_t *report = policy_report(&policy);
        assert_string_equal(json_string_value(json_object_get(report, rows[i].name)), rows[i].shown);
        json_decref(report);
    }
}

static const char *verdict_on(const char *text, const char *path, const char *database, const char *dump)
{
    static struct problem problem;
    struct policy policy;
    struct document_backup_plan plan = { .target = "nas", .n_paths = 1, .paths = &path };
    problem = (struct problem){ .code = "" };
    plan.n_databases = database != NULL;
    plan.databases = &database;
    plan.n_dumps = dump != NULL;
    plan.dumps = &dump;
    assert_int_equal(parse(text, &policy, NULL), 0);
    policy_allows_plan(&policy, &plan, &problem);
    return problem.code;
}

static void test_plans(void **state)
{
    (void)state;
    assert_string_equal(verdict_on("", "/", "/srv/a.db", NULL), "");
    assert_string_equal(verdict_on("", "/", NULL, "postgres"), "policy-dump");
    assert_string_equal(verdict_on("backup_dumps = mysql postgres", "/", NULL, "postgres"), "");
    assert_string_equal(verdict_on("backup_dumps = *", "/", NULL, "postgres"), "");
    assert_string_equal(verdict_on("backup_paths = /srv /home", "/srv", NULL, NULL), "");
    assert_string_equal(verdict_on("backup_paths = /srv /home", "/home/anna", NULL, NULL), "");
    assert_string_equal(verdict_on("backup_paths = /srv /home", "/homes", NULL, NULL), "policy-path");
    assert_string_equal(verdict_on("backup_paths = /srv /home", "/", NULL, NULL), "policy-path");
    assert_string_equal(verdict_on("backup_paths = /srv", "/srv", "/var/a.db", NULL), "policy-path");
    assert_string_equal(verdict_on("backup_paths = none", "/srv", NULL, NULL), "policy-path");
    assert_string_equal(verdict_on("backup_targets = disk", "/srv", NULL, NULL), "policy-target");
    assert_string_equal(verdict_on("backup_targets = disk nas", "/srv", NULL, NULL), "");
    struct policy policy;
    struct problem problem;
    assert_int_equal(parse("backup_paths = /srv/../etc", &policy, &problem), -1);
    assert_int_equal(parse("backup_paths = srv", &policy, &problem), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plans),
        cmocka_unit_test(test_settings),
        cmocka_unit_test(test_shipped_example), /* first: relative to where the tests are started */
        cmocka_unit_test(test_values),
        cmocka_unit_test(test_shipped_values),
        cmocka_unit_test(test_what_is_allowed),
        cmocka_unit_test(test_report_can_be_read),
        cmocka_unit_test(test_mistakes_name_their_place),
        in_place(test_loose_files_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
