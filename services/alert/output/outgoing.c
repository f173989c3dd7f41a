#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/version.h"
#include "services/alert/output/sender.h"
#include "services/alert/output/text.h"
#include "services/alert/output/worker.h"

struct outgoing *outgoing_make(const struct output *output, const char *host, const struct text *text)
{
    struct buf bytes = { 0 };
    bool webhook = output->kind == OUTPUT_KIND_WEBHOOK;
    int error = webhook ? buf_append(&bytes, text->json, text->bytes)
                        : text_syslog(text, output->format, host, vedette_version, &bytes);
    struct outgoing *event = error ? NULL : malloc(sizeof(*event) + bytes.length);
    if (event) {
        *event = (struct outgoing){ .bytes = bytes.length };
        snprintf(event->id, sizeof(event->id), "%s", text->id);
        memcpy(event->data, bytes.data, bytes.length);
    }
    buf_free(&bytes);
    return event;
}
