/* Any bytes as a request and as an answer: what decodes and names a call encodes to the same bytes. */
#include "tests/fuzz/fuzz.h"

#include "lib/bus/call_wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct call_request request;
    struct call_answer answer;
    struct problem problem;
    struct buf again = { 0 };
    if (!call_request_decode(data, size, &request) && request.call >= 0) {
        if (call_request_encode(&again, &request) || again.length != size || memcmp(again.data, data, size))
            abort();
    }
    buf_free(&again);
    if (!call_answer_decode(data, size, &answer) && answer.refused &&
        !call_problem_decode(answer.json, answer.json_bytes, &problem) && !problem.code)
        abort();
    return 0;
}
