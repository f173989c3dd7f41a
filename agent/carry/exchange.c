#include "agent/carry/exchange.h"

#include <stdio.h>
#include <stdlib.h>

#include "agent/carry/http.h"
#include "lib/files.h"
#include "lib/message/message.h"
#include "lib/problem.h"

#define CA_BYTES_MAX 65536
#define MAC_NAME "Vedette-MAC: "

int exchange_open(struct exchange *exchange, struct problem *problem)
{
    size_t bytes;
    *exchange = (struct exchange){ 0 };
    if (identity_load(&exchange->identity, problem) || keys_load(&exchange->keys, problem) ||
        file_read(CA_FILE, CA_BYTES_MAX, &exchange->ca, &bytes, problem))
        return -1;
    exchange->session = session_open(exchange->identity.server, exchange->ca, problem);
    return exchange->session ? 0 : -1;
}

void exchange_close(struct exchange *exchange)
{
    session_close(exchange->session);
    free(exchange->ca);
    crypto_forget(exchange, sizeof(*exchange));
}

int exchange_ask(struct exchange *exchange, const char *path, const struct shape *shape, const void *message,
    struct answer *ret, struct problem *problem)
{
    uint8_t code[SHA256_BYTES];
    char mac[sizeof(MAC_NAME) + 2 * SHA256_BYTES];
    struct buf body = { 0 };
    int error =
        message_encode(shape, message, &body) ? problem_set(problem, "no-memory", "", "no memory for a request") : 0;
    if (!error) {
        crypto_hmac_sha256(exchange->keys.carry, sizeof(exchange->keys.carry), body.data, body.length, code);
        crypto_hex(code, sizeof(code), mac + snprintf(mac, sizeof(mac), MAC_NAME));
        error = session_ask(exchange->session, path, &body, mac, ret, problem);
    }
    buf_free(&body);
    return error;
}
