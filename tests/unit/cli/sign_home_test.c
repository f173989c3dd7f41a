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

/* In a circle of links nobody can look, root neither: as on a failing disk. */
static void hide(const struct fixture *fixture, const char *name, char ret_aside[FOLDER_BYTES + 64])
{
    char path[FOLDER_BYTES + 56];
    snprintf(path, sizeof(path), "%s/%s", fixture->folder, name);
    snprintf(ret_aside, FOLDER_BYTES + 64, "%s.aside", path);
    assert_int_equal(rename(path, ret_aside), 0);
    assert_int_equal(symlink(path, path), 0);
}

static void show(const char *aside)
{
    char path[FOLDER_BYTES + 64];
    snprintf(path, sizeof(path), "%.*s", (int)(strlen(aside) - strlen(".aside")), aside);
    assert_int_equal(rename(aside, path), 0);
}

/* Else the chain would begin anew over it, at whatever somebody gives as the first. */
static void a_trust_file_that_cannot_be_read_is_not_none(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem;
    char aside[FOLDER_BYTES + 64];
    struct buf first = text_of(rig_trust_dsse(fixture->rig, NULL, BY(ALICE) | BY(BOB)));
    hide(fixture, "trust.jsonl", aside);
    assert_null(home_trust(&fixture->cli, &problem));
    assert_string_equal(problem.code, "file");
    assert_int_equal(home_adopt(&fixture->cli, first.data, first.length, fixture->first->sha256, &problem), -1);
    assert_string_equal(problem.code, "file");
    show(aside);
    struct trust *trust = home_trust(&fixture->cli, &problem);
    assert_non_null(trust);
    trust_free(trust);
    buf_free(&first);
}

/* Else whoever signs is shown that nothing stood there before. */
static void what_was_signed_before_and_cannot_be_read_is_not_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct problem problem;
    struct buf before = { 0 };
    char members[128], name[56], aside[FOLDER_BYTES + 64];
    snprintf(members, sizeof(members), "\"keys\":[\"%s\"]", fixture->rig->keys[BOB].public.keyid);
    struct dsse dsse = rig_document(fixture->rig, "revocation", members, NULL, BY(ALICE));
    struct document document = rig_parse(&dsse);
    assert_int_equal(home_before(&fixture->cli, &document.body.head, &before, &problem), 0);
    assert_int_equal(before.length, 0);
    assert_int_equal(home_signed(&fixture->cli, &dsse, &document.body.head, &problem), 0);
    snprintf(name, sizeof(name), "signed/revocation-%s.json", document.body.head.document);
    hide(fixture, name, aside);
    assert_int_equal(home_before(&fixture->cli, &document.body.head, &before, &problem), -1);
    assert_string_equal(problem.code, "file");
    show(aside);
    assert_int_equal(home_before(&fixture->cli, &document.body.head, &before, &problem), 0);
    assert_int_equal(before.length, dsse.payload_bytes);
    buf_free(&before);
    document_free(&document);
    dsse_free(&dsse);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_revoked_key_rotates_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_revocation_that_cannot_be_read_is_not_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_trust_file_that_cannot_be_read_is_not_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_signed_before_and_cannot_be_read_is_not_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
