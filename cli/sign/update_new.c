/* `vedette update new`: the payload of an update of agents, for its people to sign. */
#include <stdlib.h>

#include "cli/run.h"
#include "cli/sign/compose.h"
#include "lib/crypto.h"
#include "lib/files.h"
#include "lib/package.h"

#define UPDATE_DAYS 30 /* in which it should have reached its agents */

/* What it is, it says itself; agents compare that with what was signed. */
static int set_package(
    struct cli *cli, json_t *payload, const struct command *command, const struct given *given, struct problem *problem)
{
    char path[PATH_MAX], *data, hash[HEX_BYTES(SHA256_BYTES)];
    uint8_t sha256[SHA256_BYTES];
    struct package package;
    size_t bytes;
    if (cli_path(cli, given_value(command, given, "--package"), path, problem) ||
        file_read(path, PACKAGE_BYTES_MAX, &data, &bytes, problem))
        return -1;
    int error = package_read(data, bytes, &package, problem);
    crypto_sha256(data, bytes, sha256);
    crypto_hex(sha256, sizeof(sha256), hash);
    free(data);
    if (error)
        return -1;
    json_object_set_new(payload, "package",
        json_pack("{ss ss ss sI}", "version", package.version, "platform", package.platform, "sha256", hash, "bytes",
            (json_int_t)bytes));
    package_free(&package);
    return compose_rollout(payload, command, given, problem);
}

enum outcome run_update_new(struct cli *cli, const struct command *command, const struct given *given)
{
    return compose_new(cli, command, given, DOCUMENT_KIND_UPDATE, UPDATE_DAYS, set_package);
}
