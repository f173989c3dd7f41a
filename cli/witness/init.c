/* `vedette witness init`: the key with which a witness cosigns. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/run.h"
#include "lib/files.h"
#include "lib/tlog/key.h"

static int make_key(const char *name, struct tlog_signer *ret, struct problem *problem)
{
    uint8_t seed[ED25519_SEED_BYTES];
    crypto_random(seed, sizeof(seed));
    int error = tlog_signer_make(name, TLOG_COSIGNATURE, seed, ret, problem);
    crypto_forget(seed, sizeof(seed));
    return error;
}

/* Never over another key: what that has signed could then not be told from what it has not. */
static int write_key(const char *path, const struct tlog_signer *signer, struct problem *problem)
{
    char text[TLOG_SKEY_BYTES + 1];
    if (access(path, F_OK) == 0)
        return problem_set(problem, "exists", "--key-out", "%s is there already", path);
    tlog_signer_format(signer, text);
    strcat(text, "\n");
    int error = file_write(path, text, strlen(text), 0600, problem);
    crypto_forget(text, sizeof(text));
    return error;
}

enum outcome run_witness_init(struct cli *cli, const struct command *command, const struct given *given)
{
    struct tlog_signer signer;
    struct problem problem;
    char path[PATH_MAX], vkey[TLOG_VKEY_BYTES];
    if (make_key(given_value(command, given, "--name"), &signer, &problem))
        return cli_fail(command, OUTCOME_USAGE, &problem);
    int error =
        cli_path(cli, given_value(command, given, "--key-out"), path, &problem) || write_key(path, &signer, &problem);
    tlog_vkey_format(&signer.vkey, vkey);
    crypto_forget(&signer, sizeof(signer));
    if (error)
        return cli_fail(command, OUTCOME_REFUSED, &problem);
    printf("%s\n", vkey);
    return OUTCOME_OK;
}
