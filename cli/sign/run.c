/* `vedette sign`: show, ask, sign. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/run.h"
#include "cli/sign/home.h"
#include "cli/sign/host.h"
#include "cli/sign/passphrase.h"
#include "cli/sign/signer.h"
#include "lib/files.h"

int sign_host(struct cli *cli, const char *key_path, bool demo, struct problem *problem)
{
    const char *const states[] = { cli->options.state, "/var/lib/vedette", NULL };
    if (!demo)
        return host_check(key_path, "/proc", states, problem);
    fprintf(stderr, "vedette: --demo: a key beside the server permits nothing worth trusting\n");
    return 0;
}

/* A long document has scrolled its beginning away: what counts most stands in the question again. */
static int confirm(const struct signing *signing, struct problem *problem)
{
    const struct document_head *head = &signing->document.body.head;
    struct document_scope scope;
    char question[200], hash[HEX_BYTES(SHA256_BYTES)], where[80] = "everybody";
    document_scope(&signing->document, &scope);
    if (scope.n_targets)
        snprintf(where, sizeof(where), "%zu agent%s", scope.n_targets, scope.n_targets == 1 ? "" : "s");
    else if (scope.tenant)
        snprintf(where, sizeof(where), "tenant %.32s %.32s", scope.tenant, scope.site ? scope.site : "");
    crypto_hex(signing->dsse.sha256, SHA256_BYTES, hash);
    snprintf(question, sizeof(question),
        "\nSign exactly this %s, number %.8s…, for %s? Type yes: ", document_kind_words[head->kind], hash, where);
    return terminal_confirm(question, problem);
}

static int review(const struct signing *signing, bool ask, struct problem *problem)
{
    struct buf text = { 0 };
    if (sign_review(signing, &text)) {
        buf_free(&text);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    /* On standard error: standard output is what a script reads. */
    bool shown = fwrite(text.data, 1, text.length, stderr) == text.length;
    buf_free(&text);
    if (ask && !shown)
        return problem_set(problem, "not-shown", "", "the document could not be shown, so nothing was signed");
    return ask ? confirm(signing, problem) : 0;
}

/* By the method that was asked for, after a person has read and said yes. */
static int sign_by(struct cli *cli, const struct command *command, const struct given *given,
    const struct signing *signing, struct signature *ret, struct problem *problem)
{
    const char *key = given_value(command, given, "--key"), *ssh = given_value(command, given, "--ssh-key");
    bool browser = given_value(command, given, "--browser");
    char path[PATH_MAX];
    if (!!key + !!ssh + browser != 1)
        return problem_set(problem, "usage", "--key", "say one of --key, --ssh-key and --browser");
    if (cli_path(cli,
            key   ? key
            : ssh ? ssh
                  : ".",
            path, problem) ||
        sign_host(cli, path, given_value(command, given, "--demo"), problem))
        return -1;
    if (browser)
        return sign_in_browser(signing, ret, problem);
    if (review(signing, !given_value(command, given, "--yes"), problem))
        return -1;
    return key ? signer_by_key(cli, path, given_value(command, given, "--passphrase-file"), signing, ret, problem)
               : signer_by_ssh(path, signing, ret, problem);
}

/* The signature must be of somebody who may, and hold. */
static int take(struct signing *signing, const struct signature *signature, struct problem *problem)
{
    const char *person;
    const struct dsse_signature one = { .sig = (uint8_t *)signature->sig, .bytes = signature->bytes };
    const struct trust_key *key = signing_key_by(signing, signature->keyid, &person);
    if (!key)
        return problem_set(problem, "not-a-signer", "--key",
            "this key (%.16s…) is nobody's in the trust file who may sign this", signature->keyid);
    if (verify_one(key, &signing->dsse, &one, problem) ||
        dsse_add(&signing->dsse, signature->keyid, signature->sig, signature->bytes, problem))
        return -1;
    fprintf(stderr, "Signed as %s.\n", person);
    return signing_count(signing, problem);
}

/* What is complete is what the next document is held against. */
static int remember(
    struct cli *cli, const struct signing *signing, const char *text, size_t bytes, struct problem *problem)
{
    const struct document_head *head = &signing->document.body.head;
    if (home_signed(cli, &signing->dsse, head, problem))
        return -1;
    /* One signature more than enough comes for a trust file that was taken before. */
    bool known = signing->trust && signing->trust->body->head.version >= head->version;
    if (signing->complete && head->kind == DOCUMENT_KIND_TRUST && !known)
        return home_adopt(cli, text, bytes, signing->dsse.sha256, problem);
    if (signing->complete && head->kind == DOCUMENT_KIND_REVOCATION)
        return home_keep_revocation(cli, text, bytes, problem);
    return 0;
}

static int keep(struct cli *cli, struct signing *signing, const char *path, struct problem *problem)
{
    struct buf text = { 0 };
    if (dsse_format(&signing->dsse, &text) || buf_text(&text, "\n")) {
        buf_free(&text);
        return problem_set(problem, "no-memory", "", "no memory");
    }
    int error = file_write(path, text.data, text.length, 0644, problem) ||
                remember(cli, signing, text.data, text.length - 1, problem);
    buf_free(&text);
    return error ? -1 : 0;
}

static void report(const struct cli *cli, const struct signing *signing, const char *path)
{
    const struct document_head *head = &signing->document.body.head;
    const struct signers *signers = signing->trust ? &signing->signers : &signing->by_next;
    char hash[HEX_BYTES(SHA256_BYTES)];
    crypto_hex(signing->dsse.sha256, SHA256_BYTES, hash);
    if (cli->options.json) {
        json_t *json =
            json_pack("{ss ss sI ss sI sI sb ss}", "document", head->document, "kind", document_kind_words[head->kind],
                "version", (json_int_t)head->version, "document_sha256", hash, "signers", (json_int_t)signers->count,
                "threshold", (json_int_t)signers->threshold, "complete", (int)signing->complete, "file", path);
        json_dumpf(json, stdout, JSON_COMPACT);
        printf("\n");
        json_decref(json);
        return;
    }
    printf("%s\nsha256:%s\n", path, hash);
    if (signing->complete)
        fprintf(stderr, "Enough people have signed.%s\n",
            head->kind == DOCUMENT_KIND_TRUST ? " The line sha256:… is what agents are enrolled with (--trust)." : "");
    else
        fprintf(stderr, "%u of %u people have signed: hand the file on.\n", signers->count, signers->threshold);
}

/* task.json → task.signed.json; what is an envelope already is written over. */
static int out_path(
    struct cli *cli, const char *in, const char *out, bool envelope, char ret[PATH_MAX], struct problem *problem)
{
    char path[PATH_MAX];
    size_t length = strlen(in);
    if (out)
        return cli_path(cli, out, ret, problem);
    if (length > 5 && !strcmp(in + length - 5, ".json"))
        length -= 5;
    int written = envelope ? snprintf(path, sizeof(path), "%s", in)
                           : snprintf(path, sizeof(path), "%.*s.signed.json", (int)length, in);
    if (written >= (int)sizeof(path))
        return problem_set(problem, "file", "--out", "the path of %.100s is too long", in);
    memcpy(ret, path, sizeof(path));
    return 0;
}

int sign_finish(struct cli *cli, const struct command *command, const struct given *given, struct signing *signing,
    const char *path, struct problem *problem)
{
    struct signature signature;
    /* Who reads what we say, `head` perhaps, may be gone: it does not end us between the signature and its file. */
    signal(SIGPIPE, SIG_IGN);
    if (sign_by(cli, command, given, signing, &signature, problem) || take(signing, &signature, problem) ||
        keep(cli, signing, path, problem))
        return -1;
    report(cli, signing, path);
    return 0;
}

enum outcome sign_fail(const struct command *command, const struct problem *problem)
{
    return cli_fail(command, strcmp(problem->code, "usage") ? OUTCOME_REFUSED : OUTCOME_USAGE, problem);
}

enum outcome run_sign(struct cli *cli, const struct command *command, const struct given *given)
{
    struct problem problem;
    struct signing signing;
    char in[PATH_MAX], out[PATH_MAX];
    if (cli_path(cli, given_value(command, given, "FILE"), in, &problem) || signing_read(cli, in, &signing, &problem))
        return sign_fail(command, &problem);
    int error = out_path(cli, in, given_value(command, given, "--out"), signing.dsse.n_signatures, out, &problem) ||
                sign_finish(cli, command, given, &signing, out, &problem);
    signing_free(&signing);
    return error ? sign_fail(command, &problem) : OUTCOME_OK;
}
