#include "tests/unit/folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/target/tried.h"

#define CONF                                                                                                           \
    "[nas]\nurl = file:///srv/nas\nrecovery = /k.pem\n"                                                                \
    "[disk]\nurl = file:///mnt/disk\nrecovery = /k.pem\n"

static char folder[FOLDER_BYTES], conf[64], tried[72];

static void put(const char *path, const char *text)
{
    assert_int_equal(file_write(path, text, strlen(text), 0600, NULL), 0);
}

static const char *told(json_t *all, const char *name, const char *key)
{
    const char *text = json_string_value(json_object_get(json_object_get(all, name), key));
    return text ? text : "";
}

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    snprintf(conf, sizeof(conf), "%s/targets.conf", folder);
    snprintf(tried, sizeof(tried), "%s.tried", conf);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static void what_was_tried_is_told_by_name(void **state)
{
    (void)state;
    const struct target_rights rights = { .replace = TARGET_MAY_HIDE, .remove = TARGET_MAY };
    put(conf, CONF);
    assert_int_equal(target_tried_keep(conf, "nas", &rights, false, 0, NULL), 0);
    assert_int_equal(target_tried_keep(conf, "gone", &rights, false, 0, NULL), 0);
    json_t *all = target_tried_tell(conf);
    assert_int_equal(json_object_size(all), 2);
    assert_string_equal(told(all, "nas", "kind"), "directory");
    assert_string_equal(told(all, "nas", "remove"), "yes");
    assert_string_equal(told(all, "nas", "replace"), "hide");
    assert_string_equal(told(all, "disk", "kind"), "directory");
    assert_string_equal(told(all, "disk", "tried_at"), "");
    json_decref(all);
}

static void what_cannot_be_read_was_not_tried(void **state)
{
    (void)state;
    static const char *const texts[] = { "", "[]", "{\"nas\":7}", "{\"nas\":{\"tried_at\":\"now\"}}",
        "{\"nas\":{\"tried_at\":\"now\",\"write_once\":true,\"replace\":\"no\",\"remove\":\"maybe\"}}" };
    for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
        put(tried, texts[i]);
        json_t *all = target_tried_tell(conf);
        assert_int_equal(json_object_size(json_object_get(all, "nas")), 1);
        json_decref(all);
    }
    chmod(tried, 0666); /* anybody could have written it */
    json_t *all = target_tried_tell(conf);
    assert_int_equal(json_object_size(all), 2);
    json_decref(all);
    put(conf, "[nas");
    assert_null(target_tried_tell(conf));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_tried_is_told_by_name),
        cmocka_unit_test(what_cannot_be_read_was_not_tried),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
