/* What the server answers to enrolment and mail, with any status. */
#include "tests/fuzz/fuzz.h"

#include "agent/carry/answers.h"
#include "agent/carry/http.h"
#include "agent/outcome.h"
#include "agent/state.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct identity identity = { 0 };
    struct outcome outcome = { 0 };
    struct problem problem;
    struct answer answer = { .status = size && data[0] & 1 ? 200 : 403, .address = "192.0.2.1" };
    if (!size || size > HTTP_ANSWER_LIMIT_BYTES || buf_append(&answer.body, data + 1, size - 1))
        return 0;
    if (!enrol_answer(&answer, &identity, &problem) && (!identity.agent || !*identity.tenant))
        __builtin_trap();
    if (!mail_answer(&answer, &outcome, &problem) && strlen(outcome.nonce) != NONCE_BYTES - 1)
        __builtin_trap();
    answer_free(&answer);
    return 0;
}
