#include "agent/carry/enrol.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent/carry/answers.h"
#include "agent/carry/ca.h"
#include "agent/carry/http.h"
#include "agent/carry/keys.h"
#include "agent/carry/server.h"
#include "agent/carry/token.h"
#include "agent/carry/trust.h"
#include "agent/helper.h"
#include "agent/machine.h"
#include "agent/options.h"
#include "agent/outcome.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/trust.h"
#include "lib/version.h"

/* All that an enrolment sends, and where to. */
struct enrolment {
    struct identity identity; /* server is set; the rest is the server's answer */
    char token[TOKEN_TEXT_BYTES];
    char secret[HEX_BYTES(SECRET_BYTES)];
    char sign_key[PUBLIC_KEY_BYTES], seal_key[PUBLIC_KEY_BYTES];
    char *ca;
    struct buf chain; /* of trust files, with --trust */
};

static int check(const struct options *options, struct enrolment *enrolment, struct problem *problem)
{
    if (!options->server || (!options->ca && !options->trust))
        return problem_set(problem, "bad-option", "", "enrol needs --server, --token-file, and --trust or --ca");
    /* To whom a machine belongs is what root types, not what the server answers. */
    if (options->trust && (!options->tenant || !options->site))
        return problem_set(problem, "bad-option", "", "enrol with --trust needs --tenant and --site");
    if (options->ca && (strncmp(options->ca, "sha256:", 7) || strlen(options->ca) != 7 + 2 * SHA256_BYTES ||
                           strspn(options->ca + 7, "0123456789abcdef") != 2 * SHA256_BYTES))
        return problem_set(problem, "bad-option", "ca", "--ca must be sha256: and 64 hexadecimal digits, a-f small");
    if (server_parse(options->server, enrolment->identity.server, sizeof(enrolment->identity.server), problem) ||
        token_read(options, enrolment->token, problem) || state_make(options->state, problem))
        return -1;
    if (state_has(IDENTITY_FILE) && !options->again)
        return problem_set(problem, "already-enrolled", "state",
            "%s is enrolled already: --again enrols it anew, with the same keys; a copy of another machine begins with "
            "an empty one",
            options->state);
    return keys_are_private(problem);
}

/* Keys of an enrolment that did not come to its end are used again: the server may know them already. */
static int make_keys(struct enrolment *enrolment, struct problem *problem)
{
    uint8_t secret[SECRET_BYTES];
    if (key_pair(SIGN_KEY_FILE, enrolment->sign_key, problem) || key_pair(SEAL_KEY_FILE, enrolment->seal_key, problem))
        return -1;
    if (state_has(SECRET_FILE)) {
        if (secret_load(secret, problem))
            return -1;
    } else {
        crypto_random(secret, sizeof(secret));
        if (secret_save(secret, problem))
            return -1;
    }
    crypto_hex(secret, sizeof(secret), enrolment->secret);
    crypto_forget(secret, sizeof(secret));
    return 0;
}

static int write_request(const struct options *options, const struct enrolment *enrolment, struct buf *ret)
{
    char hostname[FACT_BYTES], os[FACT_BYTES], kernel[FACT_BYTES], instance[INSTANCE_BYTES];
    instance_make(instance);
    machine_hostname(hostname);
    machine_os(os);
    machine_kernel(kernel);
    const struct call_agent_enrol request = { .token = enrolment->token,
        .tenant = options->tenant,
        .site = options->site,
        .name = options->name,
        .beat_secret = enrolment->secret,
        .sign_key = enrolment->sign_key,
        .seal_key = enrolment->seal_key,
        .instance = instance,
        .hostname = hostname,
        .os = os,
        .kernel = kernel,
        .version = vedette_version };
    return message_encode(&call_agent_enrol_shape, &request, ret);
}

static int join(const struct options *options, struct enrolment *enrolment, struct problem *problem)
{
    struct answer answer = { 0 };
    struct buf body = { 0 };
    struct session *session = session_open(enrolment->identity.server, enrolment->ca, problem);
    int error = -1;
    if (session && write_request(options, enrolment, &body))
        problem_set(problem, "no-memory", "", "no memory for the request");
    else if (session && !session_ask(session, "/v1/enrol", &body, NULL, &answer, problem))
        error = enrol_answer(&answer, &enrolment->identity, problem) ||
                file_write(ADDRESS_FILE, answer.address, strlen(answer.address), 0600, problem);
    if (body.data)
        crypto_forget(body.data, body.length);
    buf_free(&body);
    answer_free(&answer);
    session_close(session);
    return error ? -1 : 0;
}

/* The CA that TLS is held by before the token is sent: typed, or pinned by the trust file whose hash was typed. */
static int find_ca(const struct options *options, struct enrolment *enrolment, struct problem *problem)
{
    const char *server = enrolment->identity.server;
    if (!options->trust)
        return ca_fetch(server, options->ca, &enrolment->ca, problem);
    enrolment->chain.limit_bytes = TRUST_CHAIN_BYTES;
    if (trust_fetch(server, NULL, &enrolment->chain, problem))
        return -1;
    return trust_pinned_ca(server, &enrolment->chain, options->trust, options->ca, &enrolment->ca, problem);
}

/* The identity is written last: with it the agent is enrolled, and not before. */
static int keep(const struct enrolment *enrolment, struct problem *problem)
{
    if (enrolment->chain.length &&
        file_write(TRUST_CHAIN_FILE, enrolment->chain.data, enrolment->chain.length, 0600, problem))
        return -1;
    if (file_write(CA_FILE, enrolment->ca, strlen(enrolment->ca), 0644, problem) ||
        identity_save(&enrolment->identity, problem))
        return -1;
    unlink(RETIRED_FILE);
    return 0;
}

static int enrol(const struct options *options, struct enrolment *enrolment, struct problem *problem)
{
    if (check(options, enrolment, problem) || find_ca(options, enrolment, problem) || make_keys(enrolment, problem) ||
        join(options, enrolment, problem))
        return -1;
    return keep(enrolment, problem);
}

/* Where the agent is installed, its root does this (package/install): what is trusted is out of the agent's own
 * reach. */
static int adopt(const struct options *options, struct problem *problem)
{
    char program[PATH_MAX];
    char *argv[] = { program, (char *)"trust", (char *)"adopt", (char *)options->trust, (char *)"--state",
        (char *)options->state, (char *)"--tenant", (char *)options->tenant, (char *)"--site", (char *)options->site,
        NULL };
    pid_t pid;
    int status;
    if (!options->trust || state_is_installed(options->state))
        return 0;
    if (helper_find("vedette-agent-work", program, problem))
        return -1;
    if (helper_spawn(program, argv, STDOUT_FILENO, &pid) || waitpid(pid, &status, 0) != pid)
        return problem_errno(problem, "no-helper", program, "cannot execute %s", program);
    return status ? problem_set(problem, "no-trust", "trust", "it is enrolled, but trusts nobody: trust adopt %s",
                        options->trust)
                  : 0;
}

int carry_enrol(const struct options *options, char **argv)
{
    (void)argv;
    static struct enrolment enrolment;
    char fingerprint[HEX_BYTES(SHA256_BYTES)];
    struct problem problem;
    int error = enrol(options, &enrolment, &problem) || key_fingerprint(enrolment.sign_key, fingerprint, &problem);
    if (error) {
        say_problem(&problem);
    } else {
        printf("Enrolled as agent %u, tenant %s, site %s, at %s.\nFingerprint of this agent's key: sha256:%s\n",
            enrolment.identity.agent, enrolment.identity.tenant, enrolment.identity.site, enrolment.identity.server,
            fingerprint);
        error = fflush(stdout);
        if (!error && adopt(options, &problem))
            error = say_problem(&problem);
    }
    buf_free(&enrolment.chain);
    free(enrolment.ca);
    crypto_forget(&enrolment, sizeof(enrolment));
    return error ? 1 : 0;
}
