#include "tests/unit/unit.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/config.h"
#include "lib/files.h"
#include "lib/problem.h"

static char path[64];
static struct problem problem;
static struct settings settings;

static int load(const char *text)
{
    assert_int_equal(file_write(path, text, strlen(text), 0644, &problem), 0);
    problem = (struct problem){ 0 };
    int error = config_load(path, NULL, 0, &settings, &problem);
    unlink(path);
    return error;
}

static void refuses(const char *text, const char *part_of_reason)
{
    settings.audit.segment_bytes = 77;
    assert_int_equal(load(text), -1);
    if (!strstr(problem.reason, part_of_reason))
        fail_msg("\"%s\" does not say \"%s\"", problem.reason, part_of_reason);
    assert_int_equal(settings.audit.segment_bytes, 77);
}

static void defaults_hold_where_the_file_is_silent(void **state)
{
    (void)state;
    assert_int_equal(load("# nothing\n\n"), 0);
    assert_string_equal(settings.ingest.beat_listen, "0.0.0.0:7700");
    assert_int_equal(settings.ingest.agents_max, 131072);
    assert_true(settings.portal.hsts);
}

static void the_file_is_read(void **state)
{
    (void)state;
    assert_int_equal(load(" ingest.agents_max=2048 \n\tportal.hsts =off\r\ncommon.log_level = error"), 0);
    assert_int_equal(settings.ingest.agents_max, 2048);
    assert_false(settings.portal.hsts);
    assert_int_equal(settings.common.log_level, 3);
}

static void overrides_win(void **state)
{
    (void)state;
    const char *const overrides[] = { "ingest.agents_max=4096" };
    assert_int_equal(file_write(path, "ingest.agents_max = 2048\n", 25, 0644, &problem), 0);
    assert_int_equal(config_load(path, overrides, 1, &settings, &problem), 0);
    assert_int_equal(settings.ingest.agents_max, 4096);
    unlink(path);
}

static void errors_name_line_key_and_range(void **state)
{
    (void)state;
    refuses("\ningest.agents_max = 1023\n", ":2: ingest.agents_max: \"1023\" is not a whole number from 1024 to 16777216");
    refuses("ingest.agents_max = 1e6\n", "1024 to 16777216");
    refuses("ingest.agents_max =\n", "1024 to 16777216");
    refuses("ingest.agents_mex = 1\n", ":1: there is no setting ingest.agents_mex");
    refuses("agents_max\n", "not of the form");
    refuses("portal.hsts = yes\n", "neither on nor off");
    refuses("common.log_level = loud\n", "debug, info, warning, error");
    refuses("ingest.beat_listen = localhost:7700\n", "is not address:port");
    refuses("bus.audit = udp://x\n", "ipc:// or tcp://");
    refuses("common.public_name = \n", "1 to 253 bytes");
}

static void addresses_are_numeric(void **state)
{
    (void)state;
    struct sockaddr_storage address;
    assert_true(config_address("127.0.0.1:0", &address, &problem) > 0);
    assert_int_equal(address.ss_family, AF_INET);
    assert_true(config_address("[::1]:65535", &address, &problem) > 0);
    assert_int_equal(address.ss_family, AF_INET6);
    static const char *const bad[] = { "", ":", "1.2.3.4", "1.2.3.4:", "1.2.3.4:65536", "::1:80", "[::1]", "[1.2.3.4]:1",
        "1.2.3.4:+1", "1.2.3.4: 1" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        if (config_address(bad[i], &address, &problem) != -1)
            fail_msg("taken: %s", bad[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_hold_where_the_file_is_silent),
        cmocka_unit_test(the_file_is_read),
        cmocka_unit_test(overrides_win),
        cmocka_unit_test(errors_name_line_key_and_range),
        cmocka_unit_test(addresses_are_numeric),
    };
    snprintf(path, sizeof(path), "/tmp/vedette-config-%d", getpid());
    return cmocka_run_group_tests_name("config", tests, NULL, NULL);
}
