#include "agent/carry/trust.h"

#include <stdlib.h>
#include <string.h>

#include "agent/carry/answers.h"
#include "agent/carry/ca.h"
#include "agent/carry/http.h"
#include "agent/options.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/certificate.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "lib/signed/trust.h"

static int take_chain(const struct answer *answer, struct buf *ret, struct problem *problem)
{
    struct call_agent_trust_reply reply;
    json_t *json = answer_body(answer, problem);
    if (!json)
        return -1;
    int error = message_decode(&call_agent_trust_reply_shape, json, &reply, problem);
    for (size_t i = 0; !error && i < reply.n_rows; i++) {
        if (strchr(reply.rows[i].dsse, '\n'))
            error = problem_set(problem, "bad-answer", "dsse", "a trust file is not on one line");
        else if (buf_text(ret, reply.rows[i].dsse) || buf_text(ret, "\n"))
            error = problem_set(problem, "no-memory", "", "no memory for the trust files");
    }
    if (!error && !reply.n_rows)
        error = problem_set(problem, "no-trust", "server", "the server has no trust file yet");
    message_free(&call_agent_trust_reply_shape, &reply);
    json_decref(json);
    return error;
}

int trust_fetch(const char *server, const char *ca, struct buf *ret, struct problem *problem)
{
    struct answer answer = { 0 };
    struct session *session = session_open(server, ca, problem);
    int error = !session || session_ask(session, "/v1/trust", NULL, NULL, &answer, problem);
    if (!error)
        error = take_chain(&answer, ret, problem);
    answer_free(&answer);
    session_close(session);
    return error ? -1 : 0;
}

static bool is_hash(const char *text)
{
    return !strncmp(text, "sha256:", 7) && strlen(text) == FINGERPRINT_BYTES - 1 &&
           strspn(text + 7, "0123456789abcdef") == 2 * SHA256_BYTES;
}

int trust_pinned_ca(const char *server, const struct buf *chain, const char *hash, const char *wanted, char **ret_pem,
    struct problem *problem)
{
    uint8_t pin[SHA256_BYTES];
    if (!is_hash(hash) || crypto_unhex(hash + 7, pin, sizeof(pin)))
        return problem_set(
            problem, "bad-option", "trust", "--trust must be sha256: and 64 hexadecimal digits, a-f small");
    struct trust *trust = trust_history_from_pin(chain->data, chain->length, pin, problem);
    if (!trust)
        return -1;
    int error = problem_set(problem, "wrong-ca", "ca", "the trust file does not pin the CA of --ca");
    for (size_t i = 0; error && i < trust->body->n_tls_pins; i++) {
        if (!wanted || !strcmp(wanted, trust->body->tls_pins[i]))
            error = ca_fetch(server, trust->body->tls_pins[i], ret_pem, problem);
    }
    trust_free(trust);
    return error;
}

static int fetch_here(const struct options *options, struct problem *problem)
{
    struct identity identity;
    struct buf chain = { .limit_bytes = TRUST_CHAIN_BYTES };
    char *ca;
    size_t bytes;
    if (state_enter(options->state, problem) || identity_load(&identity, problem) ||
        file_read(CA_FILE, HTTP_ANSWER_LIMIT_BYTES, &ca, &bytes, problem))
        return -1;
    int error = trust_fetch(identity.server, ca, &chain, problem) ||
                file_write(TRUST_CHAIN_FILE, chain.data, chain.length, 0600, problem);
    buf_free(&chain);
    free(ca);
    return error ? -1 : 0;
}

int carry_trust(const struct options *options, char **argv)
{
    (void)argv;
    struct problem problem;
    return fetch_here(options, &problem) ? say_problem(&problem) : 0;
}
