#include "agent/carry/envelopes.h"

#include <stdlib.h>
#include <string.h>

#include "agent/carry/answers.h"
#include "agent/carry/exchange.h"
#include "agent/carry/http.h"
#include "agent/carry/parcels.h"
#include "agent/mail.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define PUT_BYTES_MAX (256u << 10) /* of envelopes in one request, but for a single one that is larger */
#define PUT_MAX 256                /* envelopes in one request */
#define ROUNDS_MAX 1000            /* whatever the server says, this ends */

/* One answer's envelopes. *ret_last: the newest that is kept. */
static int keep_all(const struct call_agent_fetch_reply *reply, uint64_t *ret_last, struct problem *problem)
{
    for (size_t i = 0; i < reply->n_rows; i++) {
        if (mail_keep_text(reply->rows[i].envelope, "bad-answer", problem))
            return -1;
        *ret_last = reply->rows[i].number;
    }
    return 0;
}

static int fetch_some(struct exchange *exchange, uint64_t *last, bool *ret_some, struct problem *problem)
{
    const struct call_agent_fetch fetch = {
        .agent = exchange->identity.agent, .has_acknowledged = *last > 0, .acknowledged = *last
    };
    struct call_agent_fetch_reply reply = { 0 };
    struct answer answer = { 0 };
    json_t *json = NULL;
    int error = exchange_ask(exchange, "/v1/fetch", &call_agent_fetch_shape, &fetch, &answer, problem) ||
                !(json = answer_body(&answer, problem)) ||
                message_decode(&call_agent_fetch_reply_shape, json, &reply, problem);
    if (!error) {
        *ret_some = reply.n_rows > 0;
        error = keep_all(&reply, last, problem);
        message_free(&call_agent_fetch_reply_shape, &reply);
    }
    json_decref(json);
    answer_free(&answer);
    return error ? -1 : 0;
}

int envelopes_fetch(struct exchange *exchange, void (*arrived)(void), struct problem *problem)
{
    uint64_t last = parcels_fetched();
    bool some = true;
    for (unsigned i = 0; some && i < ROUNDS_MAX; i++) {
        uint64_t before = last;
        int error = fetch_some(exchange, &last, &some, problem);
        if (last != before)
            arrived();
        /* What does not fit waits on the server until work has dealt with some. */
        if (error)
            return strcmp(problem->code, "mail-full") ? -1 : 0;
    }
    return 0;
}

/* What goes in one request: names, and texts that are ours. */
struct parcel {
    struct mail_name names[PUT_MAX];
    struct call_agent_put_row rows[PUT_MAX];
    size_t n, bytes;
};

static void empty(struct parcel *parcel)
{
    for (size_t i = 0; i < parcel->n; i++)
        free((char *)parcel->rows[i].envelope);
    parcel->n = parcel->bytes = 0;
}

static int send_parcel(struct exchange *exchange, struct parcel *parcel, struct problem *problem)
{
    const struct call_agent_put put = { .agent = exchange->identity.agent, .n_rows = parcel->n, .rows = parcel->rows };
    struct answer answer = { 0 };
    int error = 0;
    if (!parcel->n)
        return 0;
    error = exchange_ask(exchange, "/v1/put", &call_agent_put_shape, &put, &answer, problem);
    if (!error && answer.status != 200)
        error = answer_refused(&answer, problem);
    for (size_t i = 0; i < parcel->n && !error; i++)
        mail_remove(MAIL_OUT_DIR, parcel->names[i].text);
    answer_free(&answer);
    empty(parcel);
    return error;
}

static int add(struct parcel *parcel, const struct mail_name *name, enum addressee addressee, struct problem *problem)
{
    char *envelope, *text;
    size_t bytes;
    if (mail_read(MAIL_OUT_DIR, name->text, &envelope, &bytes, problem))
        return -1;
    text = malloc(BASE64_BYTES(bytes));
    if (!text) {
        free(envelope);
        return problem_set(problem, "no-memory", "", "no memory for an envelope");
    }
    crypto_base64(envelope, bytes, text);
    free(envelope);
    parcel->names[parcel->n] = *name;
    parcel->rows[parcel->n++] = (struct call_agent_put_row){ .addressee = (int)addressee, .envelope = text };
    parcel->bytes += bytes;
    return 0;
}

static int put_all(
    struct exchange *exchange, struct parcel *parcel, const struct mail_name *names, size_t n, struct problem *problem)
{
    for (size_t i = 0; i < n; i++) {
        enum addressee addressee;
        if (mail_addressee(names[i].text, &addressee))
            continue;
        if (add(parcel, &names[i], addressee, problem) ||
            ((parcel->n == PUT_MAX || parcel->bytes >= PUT_BYTES_MAX) && send_parcel(exchange, parcel, problem)))
            return -1;
    }
    return send_parcel(exchange, parcel, problem);
}

int envelopes_put(struct exchange *exchange, struct problem *problem)
{
    struct mail_name *names;
    size_t n;
    if (mail_list(MAIL_OUT_DIR, &names, &n, problem))
        return -1;
    struct parcel *parcel = n ? calloc(1, sizeof(*parcel)) : NULL;
    int error = 0;
    if (n && !parcel)
        error = problem_set(problem, "no-memory", "", "no memory for what is sent");
    if (parcel) {
        error = put_all(exchange, parcel, names, n, problem);
        empty(parcel);
    }
    free(parcel);
    free(names);
    return error;
}
