/* Any bytes, cut into frames at 0xff, as what a subscriber asks, what it is answered and what it hears. */
#include "tests/fuzz/fuzz.h"

#include "lib/bus/resume.h"

static size_t cut(const uint8_t *data, size_t size, struct bus_frame frames[RESUME_FRAMES])
{
    size_t n = 0;
    while (n < RESUME_FRAMES) {
        const uint8_t *end = memchr(data, 0xff, size);
        size_t bytes = end ? (size_t)(end - data) : size;
        frames[n++] = (struct bus_frame){ data, bytes };
        if (!end)
            break;
        data += bytes + 1;
        size -= bytes + 1;
    }
    return n;
}

static void request_again(const struct resume_request *request)
{
    struct resume_room room = { 0 };
    struct resume_request again;
    if (resume_request_encode(request, &room) || resume_request_decode(room.frames, room.n, &again) ||
        again.wish != request->wish || memcmp(&again.filter.types, &request->filter.types, sizeof(again.filter.types)) ||
        again.filter.class != request->filter.class || again.from != request->from)
        abort();
    buf_free(&room.text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bus_frame frames[RESUME_FRAMES];
    struct resume_request request;
    struct resume_answer answer;
    struct resume_record record;
    struct resume_live live;
    size_t n = cut(data, size, frames);
    if (!resume_request_decode(frames, n, &request))
        request_again(&request);
    if (!resume_answer_decode(frames, n, &answer) && answer.kind == RESUME_RECORDS) {
        while (!resume_record(&answer.records, &record))
            ;
    }
    if (!resume_live_decode(frames, &live)) {
        while (!resume_record(&live.records, &record))
            ;
    }
    return 0;
}
