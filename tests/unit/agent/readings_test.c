#include "agent/watch/readings.h"

#include "agent/watch/condition.h"
#include "agent/watch/local.h"
#include "agent/watch/url.h"
#include "tests/unit/unit.h"

static void test_ticks(void **state)
{
    (void)state;
    struct ticks before, now;
    assert_int_equal(ticks_parse("cpu  100 0 50 800 50 0 0 0 0 0\ncpu0 1 2 3\n", &before), 0);
    assert_int_equal(before.total, 1000);
    assert_int_equal(before.busy, 150);
    assert_int_equal(ticks_parse("cpu  175 0 75 1000 50 0 0 0 0 0\n", &now), 0);
    assert_int_equal(ticks_share(&before, &now), 33333);
    assert_int_equal(ticks_share(&now, &now), 0);
    assert_int_equal(ticks_share(&now, &before), 0);
    assert_int_equal(ticks_parse("cpu  1 2 3\n", &now), -1);
    assert_int_equal(ticks_parse("", &now), -1);
}

static void test_memory(void **state)
{
    (void)state;
    uint64_t share;
    assert_int_equal(memory_parse("MemTotal:  1000 kB\nMemFree: 10 kB\nMemAvailable:  250 kB\n", &share), 0);
    assert_int_equal(share, 75000);
    assert_int_equal(memory_parse("MemTotal:  1000 kB\n", &share), -1);
    assert_int_equal(memory_parse("MemTotal:  0 kB\nMemAvailable: 0 kB\n", &share), -1);
    assert_int_equal(memory_parse("XMemTotal:  10 kB\nMemAvailable: 0 kB\n", &share), -1);
}

static void test_load(void **state)
{
    (void)state;
    uint64_t load;
    assert_int_equal(load_parse("0.25 0.10 0.01 1/200 777\n", &load), 0);
    assert_int_equal(load, 250);
    assert_int_equal(load_parse("12.5 ", &load), 0);
    assert_int_equal(load, 12500);
    assert_int_equal(load_parse("x", &load), -1);
    assert_int_equal(load_parse("99999999999999999999 ", &load), -1);
}

static void test_unit(void **state)
{
    (void)state;
    struct sample sample;
    unit_read("LoadState=loaded\nActiveState=active\nSubState=running\n", &sample);
    assert_int_equal(sample.level, LEVEL_OK);
    unit_read("LoadState=loaded\nActiveState=failed\nSubState=failed\n", &sample);
    assert_int_equal(sample.level, LEVEL_CRITICAL);
    assert_string_equal(sample.reason, "the unit is failed (failed)");
    unit_read("LoadState=not-found\nActiveState=inactive\nSubState=dead\n", &sample);
    assert_string_equal(sample.reason, "there is no such unit");
    unit_read("", &sample);
    assert_int_equal(sample.level, LEVEL_UNKNOWN);
}

static void test_updates(void **state)
{
    (void)state;
    struct sample sample;
    updates_read("Inst libc6 [2.36-1] (2.36-9 Debian:12.5/stable [amd64])\n"
                 "Inst openssl [3.0.1] (3.0.2 Debian-Security:12/stable-security [amd64])\n"
                 "Conf libc6 (2.36-9 Debian:12.5/stable [amd64])\n",
        &sample);
    assert_int_equal(sample.value, 2000);
    assert_int_equal(sample.level, LEVEL_CRITICAL);
    assert_string_equal(sample.reason, "1 of 2 updates are for security");
    updates_read("", &sample);
    assert_true(sample.has_value);
    assert_int_equal(sample.value, 0);
    assert_int_equal(sample.level, LEVEL_OK);
}

static void read_smart(const char *text, struct sample *ret)
{
    smart_read(text, strlen(text), ret);
}

static void test_smart(void **state)
{
    (void)state;
    struct sample sample;
    read_smart("{\"smart_status\":{\"passed\":true},\"ata_smart_attributes\":{\"table\":[{\"id\":5,\"raw\":{\"value\":3}},"
               "{\"id\":194,\"raw\":{\"value\":40}},{\"id\":197,\"raw\":{\"value\":4294967297}}]}}",
        &sample);
    assert_int_equal(sample.value, 4000);
    assert_int_equal(sample.level, LEVEL_OK);
    read_smart("{\"smart_status\":{\"passed\":false},\"nvme_smart_health_information_log\":{\"percentage_used\":101}}", &sample);
    assert_int_equal(sample.value, 101000);
    assert_int_equal(sample.level, LEVEL_CRITICAL);
    read_smart("{\"smart_status\":[]}", &sample);
    assert_int_equal(sample.level, LEVEL_UNKNOWN);
    read_smart("smartctl: command not understood", &sample);
    assert_int_equal(sample.level, LEVEL_UNKNOWN);
}

static void test_http_status(void **state)
{
    (void)state;
    unsigned code;
    assert_int_equal(http_status_parse("HTTP/1.1 204 No Content\r\n", &code), 0);
    assert_int_equal(code, 204);
    assert_int_equal(http_status_parse("HTTP/1.0 500\r\n", &code), 0);
    assert_int_equal(http_status_parse("HTTP/1.1 20x OK\r\n", &code), -1);
    assert_int_equal(http_status_parse("SSH-2.0-OpenSSH\r\n", &code), -1);
    assert_int_equal(http_status_parse("", &code), -1);
}

static void test_look(void **state)
{
    (void)state;
    struct sample sample;
    look_read("ok 12.5 all is well\nmore\n", &sample);
    assert_true(sample.has_value);
    assert_int_equal(sample.value, 12500);
    assert_string_equal(sample.reason, "all is well");
    look_read("critical - connection refused\n", &sample);
    assert_false(sample.has_value);
    assert_int_equal(sample.level, LEVEL_CRITICAL);
    assert_string_equal(sample.reason, "connection refused");
    look_read("ok - 192.0.2.7", &sample);
    assert_string_equal(sample.reason, "192.0.2.7");
    look_read("fine 1 x", &sample);
    assert_int_equal(sample.level, LEVEL_UNKNOWN);
    look_read("ok 1.2.3", &sample);
    assert_int_equal(sample.level, LEVEL_UNKNOWN);
    look_read("", &sample);
    assert_int_equal(sample.level, LEVEL_UNKNOWN);
}

static void test_urls(void **state)
{
    (void)state;
    struct url url;
    assert_int_equal(url_parse("http://example.net", &url), 0);
    assert_string_equal(url.host, "example.net");
    assert_string_equal(url.path, "/");
    assert_int_equal(url.port, 80);
    assert_int_equal(url_parse("https://[2001:db8::1]:8443/a?b=c", &url), 0);
    assert_true(url.tls);
    assert_string_equal(url.host, "2001:db8::1");
    assert_int_equal(url.port, 8443);
    assert_string_equal(url.path, "/a?b=c");
    assert_int_equal(url_parse("http://host?q", &url), 0);
    assert_string_equal(url.path, "/?q");
    static const char *const bad[] = { "ftp://host/", "http://", "http://:80/", "http://user@host/", "http://host:0/",
        "http://host:65536/", "http://host:8x/", "http://[::1/", "http://[::1]x/", "http://host/a b",
        "http://host/\r\nX-Y: z", "http://host/#a", NULL };
    for (const char *const *one = bad; *one; one++)
        assert_int_equal(url_parse(*one, &url), -1);
}

static const char mounts[] = "21 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
                             "30 21 0:40 / /srv/nfs rw - nfs4 server:/x rw\n"
                             "31 21 0:41 / /srv/nfs/inner rw shared:2 master:1 - xfs /dev/sdb rw\n"
                             "32 21 0:42 / /mnt/fuse rw - fuse.sshfs host: rw\n"
                             "33 21 0:43 / /mnt/disk rw - fuseblk /dev/sdc rw\n"
                             "34 21 0:44 / /over rw - ext4 /dev/sdd rw\n"
                             "35 34 0:45 / /over rw - cifs //host/x rw\n";

static void test_mounts(void **state)
{
    (void)state;
    assert_false(mount_may_wait(mounts, "/var/log"));
    assert_false(mount_may_wait(mounts, "/srv/nfsx"));
    assert_true(mount_may_wait(mounts, "/srv/nfs"));
    assert_true(mount_may_wait(mounts, "/srv/nfs/a/b"));
    assert_false(mount_may_wait(mounts, "/srv/nfs/inner/a"));
    assert_true(mount_may_wait(mounts, "/mnt/fuse/a"));
    assert_false(mount_may_wait(mounts, "/mnt/disk/a"));
    assert_true(mount_may_wait(mounts, "/over/a"));
    assert_true(mount_may_wait("", "/"));
    assert_true(mount_may_wait("gibberish", "/"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticks),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_load),
        cmocka_unit_test(test_unit),
        cmocka_unit_test(test_updates),
        cmocka_unit_test(test_smart),
        cmocka_unit_test(test_http_status),
        cmocka_unit_test(test_look),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_mounts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
