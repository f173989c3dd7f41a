/* An administrator's folder, which the restore key service has, too: trust files follow one another by keys that nobody has
 * revoked. */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <unistd.h>

#include "cli/sign/home.h"
#include "lib/files.h"
#include "tests/signed_rig.h"
#include "tests/unit/folder.h"

struct fixture {
    struct rig *rig;
    char folder[FOLDER_BYTES];
    struct cli cli;
    struct trust *first;
};

/* main.c's, which is not linked here. */
int cli_path(const struct cli *cli, const char *path, char ret[PATH_MAX], struct problem *problem)
{
    (void)cli, (void)problem;
    snprintf(ret, PATH_MAX, "%s", path);
    return 0;
}

static struct buf text_of(struct dsse dsse)
{
    struct buf text = { 0 };
    assert_int_equal(dsse_format(&dsse, &text), 0);
    dsse_free(&dsse);
    return text;
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof(*fixture));
    struct problem problem;
    fixture->rig = rig_new();
    fixture->first = rig_trust(fixture->rig);
    folder_make(fixture->folder);
    fixture->cli.options.home = fixture->folder;
    struct buf first = text_of(rig_trust_dsse(fixture->rig, NULL, BY(ALICE) | BY(BOB)));
    assert_int_equal(
        home_adopt(&fixture->cli, first.data, first.length, fixture->first->sha256, &problem), 0);
    buf_free(&first);
    *state = fixture;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    folder_remove(fixture->folder);
    trust_free(fixture->first);
    rig_free(fixture->rig);
    free(fixture);
    return 0;
}

static int rotate(const struct fixture *fixture, unsigned by, struct problem *problem)
{
    char hash[HEX_BYTES(SHA256_BYTES)], changed[128];
    crypto_hex(fixture->first->sha256, SHA256_BYTES, hash);
    snprintf(changed, sizeof(changed), "{\"version\":2,\"previous\":\"%s\"}", hash);
    struct buf next = text_of(rig_trust_dsse(fixture->rig, changed, by));
    int error = home_adopt(&fixture->cli, next.data, next.length, NULL, problem);
    buf_free(&next);
    return error;
}

static void withdraw(const struct fixture *fixture, enum rig_who whose, const char *version)
{
    char members[128];
    struct problem problem;
    snprintf(members, sizeof(members), "\"keys\":[\"%s\"]", fixture->rig->keys[whose].public.keyid);
    struct buf text = text_of(rig_document(fixture->rig, "revocation", members, version, BY(ALICE)));
    assert_int_equal(home_keep_revocation(&fixture->cli, text.data, text.length, &problem), 0);
    buf_free(&text);
}

static void a_revoked_key_rotates_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem;
    withdraw(fixture, BOB, "{\"version\":2}");
    withdraw(fixture, CAROL, NULL); /* an older one that came again */
    assert_int_equal(rotate(fixture, BY(ALICE) | BY(BOB), &problem), -1);
    assert_string_equal(problem.code, "too-few-signers");
    assert_int_equal(rotate(fixture, BY(ALICE) | BY(CAROL), &problem), 0);
}

/* Else whoever has a stolen key had only to wait for a bad block. */
static void a_revocation_that_cannot_be_read_is_not_none(void **state)
{
    const struct fixture *fixture = *state;
    struct document revocation;
    struct problem problem;
    char path[FOLDER_BYTES + 32];
    assert_int_equal(home_revocation(&fixture->cli, &revocation, &problem), 0);
    assert_null(revocation.json);
    snprintf(path, sizeof(path), "%s/revocation.json", fixture->folder);
    assert_int_equal(file_write(path, "{", 1, 0600, &problem), 0);
    assert_int_equal(home_revocation(&fixture->cli, &revocation, &problem), -1);
    assert_int_equal(rotate(fixture, BY(ALICE) | BY(BOB), &problem), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_revoked_key_rotates_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_revocation_that_cannot_be_read_is_not_none, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
