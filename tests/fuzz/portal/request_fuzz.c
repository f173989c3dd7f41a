/* Any bytes as method, path, a query argument and body: what is decoded keeps every limit of the contract. */
#include "tests/fuzz/fuzz.h"

#include "lib/buf.h"
#include "lib/message/message.h"
#include "services/portal/route.h"

static void decode(const struct route_match *match, const json_t *object)
{
    struct problem problem;
    const struct shape *shape = call_rows[match->row->call].request;
    void *in = calloc(1, shape->size);
    if (!message_decode(shape, object, in, &problem)) {
        struct buf text = { 0 };
        if (message_encode(shape, in, &text))
            abort();
        buf_free(&text);
        message_free(shape, in);
    }
    free(in);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct problem problem;
    struct route_match match;
    if (size < 2)
        return 0;
    /* Lines: path, name, value, body; the first byte picks a row whose own path stands in for a path of "=". */
    char *text = malloc(size + 1), *parts[4] = { "", "", "", "" }, *rest = text;
    memcpy(text, data + 1, size - 1);
    text[size - 1] = '\0';
    for (int i = 0; i < 4 && rest; i++)
        parts[i] = i == 3 ? rest : strsep(&rest, "\n");
    const struct route_row *row = &route_rows[data[0] % route_count];
    const char *path = strcmp(parts[0], "=") ? parts[0] : row->path;
    if (route_find(row->method, path, &match) == ROUTE_FOUND) {
        json_t *object = route_object(&match, parts[3], strlen(parts[3]), &problem);
        if (object && route_argument(&match, object, parts[1], parts[2], &problem) == 0 && match.row->call >= 0)
            decode(&match, object);
        json_decref(object);
    }
    free(text);
    return 0;
}
