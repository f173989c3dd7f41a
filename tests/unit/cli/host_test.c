/* Where signing keys are refused. */
#include "tests/unit/folder.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/sign/host.h"
#include "lib/files.h"
#include "lib/problem.h"

static char folder[FOLDER_BYTES];

static const char *in(const char *name)
{
    static char paths[4][128];
    static unsigned at;
    char *path = paths[at++ % 4];
    snprintf(path, 128, "%s/%s", folder, name);
    return path;
}

static void make(const char *name, const char *text)
{
    assert_int_equal(text ? file_write(in(name), text, strlen(text), 0600, NULL) : mkdir(in(name), 0700), 0);
}

static void expect(const char *key, const char *state, bool refused)
{
    const char *const states[] = { state, NULL };
    struct problem problem = { .code = "" };
    assert_int_equal(host_check(key, in("proc"), states, &problem), refused ? -1 : 0);
    assert_string_equal(problem.code, refused ? "server-host" : "");
}

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    make("proc", NULL);
    make("proc/17", NULL);
    make("proc/17/comm", "sshd\n");
    make("proc/self", NULL);
    make("state", NULL);
    make("state/cli", NULL);
    make("home", NULL);
    make("home/a.key", "");
    make("state/cli/b.key", "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

static void a_machine_without_a_server_will_do(void **state)
{
    (void)state;
    expect(in("home/a.key"), in("state"), false);
    expect(in("home/new.key"), in("state"), false);
    expect(in("state/cli/b.key"), in("nowhere"), false);
}

static void no_key_lies_in_a_servers_state(void **state)
{
    (void)state;
    make("state/bus.keys", "");
    expect(in("state/cli/b.key"), in("nowhere"), true);
    expect(in("state/cli/new.key"), in("nowhere"), true);
    expect(in("home/../state/cli/b.key"), in("nowhere"), true);
    assert_int_equal(symlink(in("state/cli/b.key"), in("home/link.key")), 0);
    expect(in("home/link.key"), in("nowhere"), true);
    expect(in("home/a.key"), in("nowhere"), false);
    expect(in("home/a.key"), in("state"), true);
}

static void none_is_used_where_a_server_runs(void **state)
{
    (void)state;
    make("proc/17/comm", "vedette-schedul\n");
    expect(in("home/a.key"), in("nowhere"), true);
    make("proc/17/comm", "vedette-agent\n");
    expect(in("home/a.key"), in("nowhere"), false);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_machine_without_a_server_will_do),
        CASE(no_key_lies_in_a_servers_state),
        CASE(none_is_used_where_a_server_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
