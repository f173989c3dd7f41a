/* The owner's targets.conf: what is taken, and where the fault of what is not. */
#include <stdio.h>
#include <sys/stat.h>

#include "lib/problem.h"
#include "lib/target/conf.h"
#include "tests/unit/folder.h"

#define PIN "SHA256:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
#define SFTP                                                                                                           \
    "url = sftp://web1@nas.example:2222/srv/backup/\nhost_key = " PIN "\ncredentials = /etc/vedette/nas.key\n"         \
    "recovery = /etc/vedette/recovery.pem\n"
#define S3                                                                                                             \
    "url = s3://s3.example.org/my-bucket/web1\ncredentials = /etc/vedette/s3\nrecovery = /a\nrecovery = /b\n"

static void what_an_owner_writes_is_understood(void **state)
{
    (void)state;
    struct target_confs confs;
    struct problem problem;
    const char text[] = "# two places\n[nas]\n" SFTP "restore_service = /etc/vedette/keys.pem\n\n[far-1]\r\n" S3
                        "ca = /etc/vedette/ca.pem\nregion = eu-central-1\nbucket_owner = 111122223333\n"
                        "lock_days=35\n[here]\nurl = file:///srv/backup\nrecovery = /etc/vedette/recovery.pem";
    assert_int_equal(target_confs_parse("t", text, &confs, &problem), 0);
    assert_int_equal(confs.n, 3);
    const struct target_conf *nas = &confs.all[0], *far = &confs.all[1], *here = &confs.all[2];
    assert_int_equal(nas->kind, TARGET_SFTP);
    assert_string_equal(nas->user, "web1");
    assert_string_equal(nas->host, "nas.example");
    assert_int_equal(nas->port, 2222);
    assert_string_equal(nas->path, "/srv/backup");
    for (uint8_t i = 0; i < sizeof(nas->host_key); i++)
        assert_int_equal(nas->host_key[i], i);
    assert_string_equal(nas->restore_service, "/etc/vedette/keys.pem");
    assert_int_equal(far->kind, TARGET_S3);
    assert_string_equal(far->bucket, "my-bucket");
    assert_string_equal(far->path, "web1");
    assert_int_equal(far->port, 443);
    assert_int_equal(far->recoveries, 2);
    assert_string_equal(far->recovery[1], "/b");
    assert_int_equal(far->lock_days, 35);
    assert_int_equal(here->kind, TARGET_DIRECTORY);
    assert_string_equal(here->path, "/srv/backup");
    target_confs_free(&confs);
}

static void an_account_in_a_chroot_has_the_root(void **state)
{
    (void)state;
    struct target_confs confs;
    struct problem problem;
    const char text[] = "[a]\nurl = sftp://web1@[fd00::1]/\nhost_key = " PIN "\ncredentials = /k\nrecovery = /r\n";
    assert_int_equal(target_confs_parse("t", text, &confs, &problem), 0);
    assert_string_equal(confs.all[0].host, "fd00::1");
    assert_string_equal(confs.all[0].path, "");
    target_confs_free(&confs);
}

static void what_is_wrong_is_told_with_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *at, *field;
    } cases[] = {
        { "url = file:///a\n", "t:1:", "url" },
        { "[a b]\n", "t:1:", "" },
        { "[a\n", "t:1:", "" },
        { "[]\n", "t:1:", "" },
        { "\n[a]\nnonsense\n", "t:3:", "" },
        { "[a]\ncolour = red\n", "t:2:", "colour" },
        { "[a]\nurl = ftp://x/y\n", "t:2:", "url" },
        { "[a]\nurl = file://relative\n", "t:2:", "url" },
        { "[a]\nurl = file:///a/../b\n", "t:2:", "url" },
        { "[a]\nurl = sftp://host/no-user\n", "t:2:", "url" },
        { "[a]\nurl = sftp://u@host:0/x\n", "t:2:", "url" },
        { "[a]\nurl = sftp://u@host:99999/x\n", "t:2:", "url" },
        { "[a]\nurl = s3://host/\n", "t:2:", "url" },
        { "[a]\nurl = s3://host/B\n", "t:2:", "url" },
        { "[a]\nurl = s3://-o/bucket\n", "t:2:", "url" },
        { "[a]\n" S3 "lock_days = 0\n", "t:6:", "lock_days" },
        { "[a]\n" S3 "lock_days = 1x\n", "t:6:", "lock_days" },
        { "[a]\n" SFTP "host_key = " PIN "\n", "t:6:", "host_key" },
        { "[a]\nhost_key = MD5:00\n", "t:2:", "host_key" },
        { "[a]\n" S3 "[a]\n", "t:6:", "a" },
        { "[a]\nurl = sftp://u@host/x\ncredentials = /k\nrecovery = /r\n", "t:1:", "host_key" },
        { "[a]\n" S3 "\n\n[b]\nurl = file:///b\n", "t:8:", "recovery" },
        { "[a]\n" S3 "host_key = " PIN "\n", "t:1:", "host_key" },
        { "[a]\nurl = file:///a\nrecovery = /a\nca = /b\n", "t:1:", "ca" },
        { "[a]\nrecovery = relative\n", "t:2:", "recovery" },
        { "[a]\nregion = \n", "t:2:", "region" },
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        struct target_confs confs;
        struct problem problem = { 0 };
        assert_int_equal(target_confs_parse("t", cases[i].text, &confs, &problem), -1);
        assert_string_equal(problem.code, "bad-targets");
        if (strncmp(problem.reason, cases[i].at, strlen(cases[i].at)) || strcmp(problem.field, cases[i].field))
            fail_msg("%s: said \"%s\" of %s", cases[i].text, problem.reason, problem.field);
    }
}

static void only_the_owner_may_have_written_it(void **state)
{
    (void)state;
    char folder[FOLDER_BYTES], path[64];
    struct target_conf conf;
    struct problem problem;
    folder_make(folder);
    snprintf(path, sizeof(path), "%s/targets.conf", folder);
    FILE *file = fopen(path, "w");
    fputs("[a]\n" S3, file);
    fclose(file);
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(target_conf_find(path, "a", &conf, &problem), 0);
    assert_string_equal(conf.region, "us-east-1");
    assert_int_equal(target_conf_find(path, "b", &conf, &problem), -1);
    assert_string_equal(problem.code, "unknown-target");
    assert_int_equal(chmod(path, 0664), 0);
    assert_int_equal(target_conf_find(path, "a", &conf, &problem), -1);
    assert_string_equal(problem.code, "loose-permissions");
    if (geteuid() == 0) {
        assert_int_equal(chmod(path, 0644) || chown(path, 65534, 0), 0);
        assert_int_equal(target_conf_find(path, "a", &conf, &problem), -1);
        assert_string_equal(problem.code, "loose-permissions");
    }
    folder_remove(folder);
}

static void the_shipped_example_says_what_is_understood(void **state)
{
    (void)state;
    struct target_confs confs;
    struct problem problem = { 0 };
    char text[16384], line[1024];
    size_t length = 0;
    FILE *file = fopen("agent/package/targets.conf", "r");
    assert_non_null(file);
    /* It is commented out; what stands behind "#" without a blank is to be taken as it is. */
    while (fgets(line, sizeof(line), file)) {
        const char *from = *line == '#' && line[1] != ' ' ? line + 1 : line;
        length += (size_t)snprintf(text + length, sizeof(text) - length, "%s", from);
        assert_true(length < sizeof(text));
    }
    fclose(file);
    if (target_confs_parse("targets.conf", text, &confs, &problem))
        fail_msg("%s", problem.reason);
    assert_int_equal(confs.n, 3);
    target_confs_free(&confs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_owner_writes_is_understood),
        cmocka_unit_test(an_account_in_a_chroot_has_the_root),
        cmocka_unit_test(what_is_wrong_is_told_with_its_line),
        cmocka_unit_test(only_the_owner_may_have_written_it),
        cmocka_unit_test(the_shipped_example_says_what_is_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
