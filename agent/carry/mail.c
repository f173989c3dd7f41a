#include "agent/carry/mail.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent/carry/answers.h"
#include "agent/carry/http.h"
#include "agent/inventory.h"
#include "agent/options.h"
#include "agent/outcome.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/files.h"
#include "lib/message.h"
#include "lib/problem.h"

/* What is ready to be sent. */
struct letter {
    struct buf body;
    char mac[sizeof("Vedette-MAC: ") + 2 * SHA256_BYTES];
    bool inventory;
};

/* What waits in the spool; NULL if nothing does. One that cannot be read is no reason to send nothing. */
static json_t *spooled_inventory(void)
{
    char *text;
    size_t bytes;
    if (file_read(SPOOLED_INVENTORY_FILE, INVENTORY_LIMIT_BYTES, &text, &bytes, NULL))
        return NULL;
    json_t *inventory = message_parse(text, bytes, NULL);
    free(text);
    return inventory;
}

static int write_letter(const struct identity *identity, const struct agent_keys *keys, const struct options *options,
    struct letter *ret, struct problem *problem)
{
    char instance[INSTANCE_BYTES];
    uint8_t code[SHA256_BYTES];
    instance_make(instance);
    struct call_agent_mail mail = {
        .agent = identity->agent,
        .instance = options->instance ? options->instance : instance,
        .nonce = options->nonce,
        .inventory = spooled_inventory(),
    };
    int error = message_encode(&call_agent_mail_shape, &mail, &ret->body);
    ret->inventory = mail.inventory;
    json_decref(mail.inventory);
    if (error)
        return problem_set(problem, "no-memory", "", "no memory for the mail");
    crypto_hmac_sha256(keys->carry, sizeof(keys->carry), ret->body.data, ret->body.length, code);
    int name = snprintf(ret->mac, sizeof(ret->mac), "Vedette-MAC: ");
    crypto_hex(code, sizeof(code), ret->mac + name);
    return 0;
}

static int send_letter(const struct identity *identity, const char *ca, const struct letter *letter,
    struct outcome *ret, struct problem *problem)
{
    struct answer answer = { 0 };
    struct session *session = session_open(identity->server, ca, problem);
    int error = !session || session_ask(session, "/v1/mail", &letter->body, letter->mac, &answer, problem);
    if (!error)
        error = mail_answer(&answer, ret, problem);
    answer_free(&answer);
    session_close(session);
    return error ? -1 : 0;
}

static int deliver(const struct options *options, struct outcome *ret, struct problem *problem)
{
    struct identity identity;
    struct agent_keys keys;
    struct letter letter = { 0 };
    char *ca;
    size_t bytes;
    if (state_enter(options->state, problem) || identity_load(&identity, problem) || keys_load(&keys, problem) ||
        file_read(CA_FILE, HTTP_ANSWER_LIMIT_BYTES, &ca, &bytes, problem))
        return -1;
    int error =
        write_letter(&identity, &keys, options, &letter, problem) || send_letter(&identity, ca, &letter, ret, problem);
    /* Accepted: what was spooled is now what the server has. A crash before this repeats it, harmlessly. */
    if (!error && letter.inventory && rename(SPOOLED_INVENTORY_FILE, INVENTORY_FILE))
        unlink(SPOOLED_INVENTORY_FILE);
    crypto_forget(&keys, sizeof(keys));
    buf_free(&letter.body);
    free(ca);
    return error ? -1 : 0;
}

int carry_mail(const struct options *options, char **argv)
{
    (void)argv;
    struct outcome outcome = { 0 };
    struct problem problem;
    struct buf line = { 0 };
    int error = deliver(options, &outcome, &problem);
    if (error) {
        snprintf(outcome.code, sizeof(outcome.code), "%s", problem.code);
        snprintf(outcome.reason, sizeof(outcome.reason), "%s", problem.reason);
    }
    if (outcome_encode(&outcome, &line) || write(STDOUT_FILENO, line.data, line.length) != (ssize_t)line.length)
        error = -1;
    buf_free(&line);
    return error ? 1 : 0;
}
