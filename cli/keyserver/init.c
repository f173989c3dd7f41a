/* `vedette keyserver init`: the service's keys: of its mail, which the trust file names, and the one that backups are sealed
 * for, whose public half is for owners' targets.conf. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/run.h"
#include "cli/sign/home.h"
#include "lib/envelope/key.h"
#include "lib/files.h"

/* Never over another key. */
static int make(const char *path, enum envelope_key_type type, struct problem *problem)
{
    struct buf pem = { 0 };
    if (!access(path, F_OK))
        return problem_set(problem, "exists", path, "%s is there already", path);
    int error = envelope_key_make(type, &pem, problem) || file_write(path, pem.data, pem.length, 0400, problem);
    crypto_forget(pem.data, pem.length);
    buf_free(&pem);
    return error ? -1 : 0;
}

static struct envelope_key *make_own(struct cli *cli, const char *name, struct problem *problem)
{
    char path[PATH_MAX];
    return home_path(cli, name, path, problem) || make(path, ENVELOPE_KEY_P256, problem)
               ? NULL
               : envelope_key_load(path, problem);
}

static int write_public(const struct envelope_key *key, const char *path, struct problem *problem)
{
    struct buf text = { 0 };
    const char *spki = envelope_key_spki(key);
    buf_text(&text, "-----BEGIN PUBLIC KEY-----\n");
    for (; *spki; spki += strnlen(spki, 64))
        buf_format(&text, "%.64s\n", spki);
    buf_text(&text, "-----END PUBLIC KEY-----\n");
    int error = text.failed ? problem_set(problem, "no-memory", "", "no memory")
                            : file_write(path, text.data, text.length, 0644, problem);
    buf_free(&text);
    return error;
}

static int make_restore_key(
    struct cli *cli, const struct command *command, const struct given *given, struct problem *problem)
{
    const char *type = given_value(command, given, "--type");
    char path[PATH_MAX], public[PATH_MAX + 4];
    if (type && strcmp(type, "p256") && strcmp(type, "rsa"))
        return problem_set(problem, "usage", "--type", "--type is p256 or rsa");
    if (cli_path(cli, given_value(command, given, "--key-out"), path, problem) ||
        make(path, type && !strcmp(type, "rsa") ? ENVELOPE_KEY_RSA3072 : ENVELOPE_KEY_P256, problem))
        return -1;
    struct envelope_key *key = envelope_key_load(path, problem);
    snprintf(public, sizeof(public), "%s.pub", path);
    int error = !key || write_public(key, public, problem);
    envelope_key_free(key);
    return error ? -1 : 0;
}

enum outcome run_keyserver_init(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct envelope_key *sign = NULL, *seal = NULL;
    if (make_restore_key(cli, command, given, &problem) || !(sign = make_own(cli, ENVELOPE_SIGN_KEY, &problem)) ||
        !(seal = make_own(cli, ENVELOPE_SEAL_KEY, &problem))) {
        envelope_key_free(sign);
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    }
    printf("{\"service\":\"keyserver\",\"sign_key\":\"%s\",\"seal_key\":\"%s\"}\n", envelope_key_spki(sign),
        envelope_key_spki(seal));
    envelope_key_free(sign);
    envelope_key_free(seal);
    return OUTCOME_OK;
}
