#include "services/ingest/mailbox/base64.h"

#include <stdlib.h>
#include <string.h>

#include "lib/crypto.h"
#include "lib/envelope/limits.h"
#include "lib/problem.h"

int envelope_decode(const char *text, uint8_t **ret, size_t *ret_bytes, struct problem *problem)
{
    size_t length = strlen(text), room = length < ENVELOPE_BYTES_MAX ? length : ENVELOPE_BYTES_MAX;
    uint8_t *envelope = malloc(room);
    if (!envelope)
        return problem_set(problem, "no-memory", "", "no memory for an envelope");
    if (crypto_unbase64(text, length, envelope, room, ret_bytes)) {
        free(envelope);
        return problem_set(
            problem, "bad-field", "envelope", "an envelope is base64 of at most %d bytes", ENVELOPE_BYTES_MAX);
    }
    *ret = envelope;
    return 0;
}

char *envelope_encode(const void *envelope, size_t bytes)
{
    char *text = malloc(BASE64_BYTES(bytes));
    if (text)
        crypto_base64(envelope, bytes, text);
    return text;
}
