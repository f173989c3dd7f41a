/* Entries of a log that came from anywhere: sealed texts in them are found, and hidden, within their bounds. */
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/seal/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    const char *text = (const char *)data;
    struct buf hidden = { 0 };
    struct seal_text found;
    if (!seal_text_find(text, bytes, &found) &&
        (found.at < text || found.at > found.base64 || found.base64 > found.end || found.end > text + bytes ||
            found.number > SEAL_NUMBER_MAX))
        abort();
    if (!seal_text_hide(text, bytes, &hidden) && hidden.length > bytes)
        abort();
    buf_free(&hidden);
    return 0;
}
