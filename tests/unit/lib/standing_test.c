#include "tests/unit/unit.h"

#include <unistd.h>

#include "lib/config.h"
#include "lib/standing.h"

static struct settings initial(void)
{
    struct settings settings;
    char path[] = "/tmp/standing-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(config_load(path, NULL, 0, &settings, NULL), 0);
    close(fd);
    unlink(path);
    return settings;
}

static void a_service_tells_its_own_settings_and_audit_those_of_all(void **state)
{
    (void)state;
    struct settings settings = initial();
    json_t *portal = standing_settings(&settings, "portal"), *audit = standing_settings(&settings, "audit");
    json_t *defaults = standing_defaults("portal");
    assert_string_equal(json_string_value(json_object_get(portal, "portal.threads")), "2");
    assert_string_equal(json_string_value(json_object_get(portal, "portal.hsts")), "on");
    assert_null(json_object_get(portal, "common.log_level"));
    assert_string_equal(json_string_value(json_object_get(audit, "common.log_level")), "info");
    assert_non_null(json_object_get(audit, "bus.ingest"));
    assert_true(json_equal(portal, defaults));
    json_decref(portal);
    json_decref(audit);
    json_decref(defaults);
}

static void only_what_is_not_the_same_is_a_change(void **state)
{
    (void)state;
    struct settings settings = initial();
    json_t *was = standing_settings(&settings, "portal"), *old, *new;
    settings.portal.threads = 4;
    settings.portal.hsts = false;
    json_t *is = standing_settings(&settings, "portal");
    json_t *expected_old = json_pack("{s:s, s:s}", "portal.threads", "2", "portal.hsts", "on");
    json_t *expected_new = json_pack("{s:s, s:s}", "portal.threads", "4", "portal.hsts", "off");
    assert_int_equal(standing_changes(was, is, &old, &new), 0);
    assert_true(json_equal(old, expected_old));
    assert_true(json_equal(new, expected_new));
    json_decref(old);
    json_decref(new);
    /* A setting that came with a new version has no old value. */
    json_object_del(was, "portal.threads");
    assert_int_equal(standing_changes(was, is, &old, &new), 0);
    assert_null(json_object_get(old, "portal.threads"));
    assert_string_equal(json_string_value(json_object_get(new, "portal.threads")), "4");
    json_decref(old);
    json_decref(new);
    assert_int_equal(standing_changes(is, is, &old, &new), 0);
    assert_int_equal(json_object_size(old) + json_object_size(new), 0);
    json_decref(old);
    json_decref(new);
    json_decref(was);
    json_decref(is);
    json_decref(expected_old);
    json_decref(expected_new);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_service_tells_its_own_settings_and_audit_those_of_all),
        cmocka_unit_test(only_what_is_not_the_same_is_a_change),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
