/* Who brings files and fetches them: services by calls, agents over HTTPS; a piece at a time. */
#include <stdlib.h>
#include <string.h>

#include "lib/bus/bus.h"
#include "lib/crypto.h"
#include "lib/http/http.h"
#include "lib/message/message.h"
#include "services/ingest/files/files.h"
#include "services/ingest/https.h"
#include "services/ingest/ingest.h"

void serve_file_put(struct bus_request *request, const struct call_file_put *in)
{
    struct call_file_put_reply reply;
    struct problem problem;
    size_t length = strlen(in->data);
    uint8_t *data = malloc(length + 1);
    struct piece piece = { in->file_sha256, in->file_bytes, in->offset, data, 0 };
    int error = 0;
    if (!data)
        error = problem_set(&problem, "no-memory", "", "no memory for a piece of a file");
    else if (crypto_unbase64(in->data, length, data, length + 1, &piece.bytes))
        error = problem_set(&problem, "bad-field", "data", "data must be base64");
    else
        error = files_put(&piece, &reply.offset, &problem);
    free(data);
    if (error)
        bus_refuse(request, &problem);
    else
        answer_file_put(request, &reply);
}

/* *ret_data is the caller's to free, whatever is returned. */
static int read_piece(
    const char *sha256, uint64_t offset, size_t most, uint64_t *ret_bytes, char **ret_data, struct problem *problem)
{
    static uint8_t piece[FILES_PIECE_BYTES];
    size_t bytes;
    *ret_data = malloc(BASE64_BYTES(FILES_PIECE_BYTES));
    if (!*ret_data)
        return problem_set(problem, "no-memory", "", "no memory for a piece of a file");
    if (files_get(sha256, offset, most, piece, &bytes, ret_bytes, problem))
        return -1;
    crypto_base64(piece, bytes, *ret_data);
    return 0;
}

void serve_file_get(struct bus_request *request, const struct call_file_get *in)
{
    struct call_file_get_reply reply;
    struct problem problem;
    char *data;
    if (read_piece(in->file_sha256, in->offset, in->wanted_bytes, &reply.file_bytes, &data, &problem)) {
        bus_refuse(request, &problem);
    } else {
        reply.data = data;
        answer_file_get(request, &reply);
    }
    free(data);
}

static void answer_piece(struct http_request *request, const struct call_agent_file *in)
{
    struct call_agent_file_reply reply;
    struct problem problem;
    char *data;
    if (read_piece(in->file_sha256, in->offset, FILES_PIECE_BYTES, &reply.file_bytes, &data, &problem)) {
        https_refuse(request, &problem);
    } else {
        reply.data = data;
        https_answer(request, &call_agent_file_reply_shape, &reply);
    }
    free(data);
}

void take_piece(struct ingest *ingest, struct http_request *request)
{
    struct call_agent_file in;
    struct problem problem;
    json_t *json;
    if (https_read(ingest, request, &call_agent_file_shape, &in, &json, &problem)) {
        https_refuse(request, &problem);
        return;
    }
    answer_piece(request, &in);
    json_decref(json);
}
