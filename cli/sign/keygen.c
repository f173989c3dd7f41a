/* `vedette sign keygen`: a person's key, in a file that a passphrase opens, or a passkey. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/run.h"
#include "cli/sign/passphrase.h"
#include "cli/sign/sign.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/signed/key_file.h"

/* Never over another key: what that has signed would be nobody's. */
static int write_new(const char *path, const char *text, mode_t mode, struct problem *problem)
{
    if (!access(path, F_OK))
        return problem_set(problem, "exists", "FILE", "%s is there already", path);
    return file_write(path, text, strlen(text), mode, problem);
}

static int write_pair(const struct signing_key *key, const char *path, const char *passphrase, struct problem *problem)
{
    char public_path[PATH_MAX + 8];
    snprintf(public_path, sizeof(public_path), "%s.pub", path);
    char *private = signing_key_private_pem(key, passphrase), *public = signing_key_public_pem(key);
    int error = private && public
                    ? write_new(path, private, 0600, problem) || write_new(public_path, public, 0644, problem)
                    : problem_set(problem, "no-memory", "", "no memory for a key");
    if (private)
        crypto_forget(private, strlen(private));
    free(private);
    free(public);
    return error ? -1 : 0;
}

static int make(struct cli *cli, const struct command *command, const struct given *given, const char *path,
    struct problem *problem)
{
    const char *type = given_value(command, given, "--type");
    bool p256 = type && !strcmp(type, "p256"), open = given_value(command, given, "--no-passphrase");
    char passphrase[PASSPHRASE_BYTES];
    struct signing_key key;
    if (type && !p256 && strcmp(type, "ed25519"))
        return problem_set(problem, "usage", "--type", "--type is ed25519 or p256");
    if (!open && passphrase_get(cli, given_value(command, given, "--passphrase-file"), "Passphrase for the key: ", true,
                     passphrase, problem))
        return -1;
    int error = signing_key_make(p256 ? KEY_P256 : KEY_ED25519, &key, problem);
    if (!error) {
        error = write_pair(&key, path, open ? NULL : passphrase, problem);
        if (!error)
            printf("%s.pub\nkey %s\n", path, key.public.keyid);
        signing_key_free(&key);
    }
    crypto_forget(passphrase, sizeof(passphrase));
    return error;
}

/* The passkey stays where the browser put it; the file is its public half, as a trust file has it. */
static int make_passkey(const char *path, struct problem *problem)
{
    char public[SPKI_TEXT_BYTES];
    const char *slash = strrchr(path, '/'), *person = slash ? slash + 1 : path;
    if (passkey_in_browser(person, public, problem))
        return -1;
    json_t *entry = json_pack("{ss ss ss ss}", "type", key_type_words[KEY_TYPE_WEBAUTHN], "public_key", public, "rp_id",
        SIGN_RP_ID, "origin", SIGN_ORIGIN);
    char *text = message_text(entry, JSON_COMPACT);
    int error =
        text ? write_new(path, text, 0644, problem) : problem_set(problem, "no-memory", "", "no memory for a key");
    if (!error)
        printf("%s\n", path);
    free(text);
    json_decref(entry);
    return error;
}

enum outcome run_sign_keygen(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    char path[PATH_MAX];
    bool browser = given_value(command, given, "--browser");
    if (cli_path(cli, given_value(command, given, "FILE"), path, &problem) ||
        sign_host(cli, path, given_value(command, given, "--demo"), &problem) ||
        (browser ? make_passkey(path, &problem) : make(cli, command, given, path, &problem)))
        return sign_fail(command, &problem);
    return OUTCOME_OK;
}
