/* Any bytes as what the process that reads envelopes hands to work: whoever has taken it over writes them. */
#include "tests/fuzz/fuzz.h"

#include "agent/work/envelopes/opener_parts.h"
#include "lib/buf.h"
#include "lib/problem.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct part_head head;
    struct opened opened;
    struct problem problem;
    struct dsse dsse;
    crypto_open();
    if (!parts_to_dsse(data, size, &dsse, &problem))
        dsse_free(&dsse);
    if (size < sizeof(head))
        return 0;
    memcpy(&head, data, sizeof(head));
    size_t behind = size - sizeof(head);
    head.dsse_bytes = behind ? head.dsse_bytes % (uint32_t)(behind + 1) : 0;
    head.message_bytes = (uint32_t)behind - head.dsse_bytes;
    if (parts_to_opened(&head, (const char *)data + sizeof(head), &opened, &problem)) {
        if (!problem.code || !*problem.code)
            abort();
        return 0;
    }
    if (!opened.is_wrong && opened.purpose == ENVELOPE_DOCUMENT &&
        dsse_parse(opened.dsse, strlen(opened.dsse), &dsse, &problem))
        abort(); /* what is written anew from parts is a document */
    else if (!opened.is_wrong && opened.purpose == ENVELOPE_DOCUMENT)
        dsse_free(&dsse);
    opened_free(&opened);
    return 0;
}
