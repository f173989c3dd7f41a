#include "lib/http/private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#define GZIP_LEAST_BYTES 1024 /* below, headers and latency outweigh what is saved */

void http_headers_free(char **headers)
{
    for (char **line = headers; line && *line; line++)
        free(*line);
    free(headers);
}

char **http_headers_copy(const char *const *headers)
{
    size_t count = 0;
    while (headers && headers[count])
        count++;
    char **copy = calloc(count + 1, sizeof(*copy));
    for (size_t i = 0; copy && i < count; i++) {
        copy[i] = strdup(headers[i]);
        if (!copy[i]) {
            http_headers_free(copy);
            return NULL;
        }
    }
    return copy;
}

void http_outgoing_free(struct http_outgoing *answer)
{
    http_headers_free(answer->headers);
    if (answer->file)
        close(answer->fd);
    if (answer->owner_free)
        answer->owner_free(answer->owner);
    else
        free(answer->data);
    *answer = (struct http_outgoing){ 0 };
}

static bool is_file(const struct http_answer *answer)
{
    return !answer->data && answer->bytes > 0;
}

static void copy_data(struct http_outgoing *into, const struct http_answer *from)
{
    into->bytes = from->bytes;
    into->fd = from->fd;
    into->file = is_file(from);
    if (into->file)
        return;
    into->owner = from->owner;
    into->owner_free = from->owner_free;
    if (from->owner_free) {
        into->data = (void *)from->data;
        return;
    }
    into->data = malloc(from->bytes + 1);
    if (into->data && from->bytes > 0)
        memcpy(into->data, from->data, from->bytes);
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    struct http_outgoing *out = &request->answer;
    if (http_request_claim(request)) {
        out->status = answer->status;
        out->gzip = answer->gzip;
        strncat(out->type, answer->type ? answer->type : "", sizeof(out->type) - 1);
        out->headers = http_headers_copy(answer->headers);
        copy_data(out, answer);
        MHD_resume_connection(request->mhd);
    } else if (is_file(answer)) {
        close(answer->fd);
    } else if (answer->owner_free) {
        answer->owner_free(answer->owner);
    }
    http_request_release(request);
}

int http_answer_headers(struct MHD_Response *response, const char *const *headers)
{
    for (const char *const *line = headers; line && *line; line++) {
        const char *colon = strchr(*line, ':');
        char name[64];
        if (!colon || (size_t)(colon - *line) >= sizeof(name))
            return -1;
        memcpy(name, *line, (size_t)(colon - *line));
        name[colon - *line] = '\0';
        if (MHD_add_response_header(response, name, colon + 1 + strspn(colon + 1, " ")) == MHD_NO)
            return -1;
    }
    return 0;
}

/* Replace the data by its gzip form. Level 1: it keeps up with the list of 100,000 agents, and the rest is small. */
static int compress_data(struct http_outgoing *answer)
{
    z_stream stream = { 0 };
    if (deflateInit2(&stream, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return -1;
    size_t room = deflateBound(&stream, answer->bytes);
    uint8_t *out = malloc(room);
    stream.next_in = answer->data;
    stream.avail_in = (uInt)answer->bytes;
    stream.next_out = out;
    stream.avail_out = (uInt)room;
    int status = out ? deflate(&stream, Z_FINISH) : Z_MEM_ERROR;
    size_t bytes = stream.total_out;
    deflateEnd(&stream);
    if (status != Z_STREAM_END) {
        free(out);
        return -1;
    }
    if (answer->owner_free)
        answer->owner_free(answer->owner);
    else
        free(answer->data);
    answer->owner_free = NULL;
    answer->data = out;
    answer->bytes = bytes;
    return 0;
}

/* The response takes the data over. */
static struct MHD_Response *data_response(struct http_outgoing *answer)
{
    struct MHD_Response *response;
    if (answer->file)
        response = MHD_create_response_from_fd64(answer->bytes, answer->fd);
    else if (answer->owner_free)
        response = MHD_create_response_from_buffer_with_free_callback_cls(
            answer->bytes, answer->data, answer->owner_free, answer->owner);
    else
        response = MHD_create_response_from_buffer(answer->bytes, answer->data, MHD_RESPMEM_MUST_FREE);
    if (response) {
        answer->owner_free = NULL;
        answer->data = NULL;
        answer->file = false;
    }
    return response;
}

static enum MHD_Result queue(
    struct http *http, struct MHD_Connection *mhd, int status, struct MHD_Response *response, char **headers)
{
    enum MHD_Result result = MHD_NO;
    if (http_answer_headers(response, http->options.headers) == 0 &&
        http_answer_headers(response, (const char *const *)headers) == 0)
        result = MHD_queue_response(mhd, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result http_answer_send(struct http_request *request)
{
    struct http *http = request->http;
    if (!request->answered)
        return MHD_NO; /* the server is stopping */
    if (request->stream) {
        http_connection_enter(request->connection, PHASE_STREAM);
        struct MHD_Response *response = http_stream_response(request->stream, request->mhd);
        request->stream = NULL;     /* the response's end is the stream's, from now on */
        return response ? queue(http, request->mhd, 200, response, request->answer.headers) : MHD_NO;
    }
    struct http_outgoing *answer = &request->answer;
    if ((!answer->data && !answer->file) || !answer->headers)
        return MHD_NO; /* no memory to copy it */
    http_connection_enter(request->connection, PHASE_ANSWER);
    bool vary = answer->gzip && !answer->file && answer->bytes > GZIP_LEAST_BYTES;
    bool gzip = vary && http_accepts_gzip(http_header(request, "Accept-Encoding")) && compress_data(answer) == 0;
    struct MHD_Response *response = data_response(answer);
    if (!response)
        return MHD_NO;
    if ((answer->type[0] && MHD_add_response_header(response, "Content-Type", answer->type) == MHD_NO) ||
        (vary && MHD_add_response_header(response, "Vary", "Accept-Encoding") == MHD_NO) ||
        (gzip && MHD_add_response_header(response, "Content-Encoding", "gzip") == MHD_NO)) {
        MHD_destroy_response(response);
        return MHD_NO;
    }
    return queue(http, request->mhd, answer->status, response, answer->headers);
}

/* Answer in the HTTP thread, without the loop, and close. reason is ours: nothing in it needs escaping. */
enum MHD_Result http_refuse(
    struct http *http, struct MHD_Connection *mhd, int status, const char *code, const char *reason)
{
    char text[256];
    int length = snprintf(text, sizeof(text), "{\"code\":\"%s\",\"reason\":\"%s\"}", code, reason);
    struct MHD_Response *response = MHD_create_response_from_buffer((size_t)length, text, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    http_connection_enter(http_connection_of(mhd), PHASE_REFUSED);
    char *headers[] = { "Content-Type: application/json", "Connection: close", NULL };
    return queue(http, mhd, status, response, headers);
}
