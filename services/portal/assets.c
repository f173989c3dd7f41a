#include "services/portal/assets.h"

#include <stdio.h>
#include <string.h>

#include "lib/http.h"
#include "services/portal/web.h"

static const struct asset *find(const char *path)
{
    for (unsigned i = 0; i < asset_count; i++)
        if (!strcmp(assets[i].path, path))
            return &assets[i];
    return NULL;
}

static void refuse(struct http_request *http, const char *code, const char *reason, const char *allow)
{
    struct problem problem;
    problem_set(&problem, code, "", "%s", reason);
    web_refuse_early(http, &problem, allow);
}

static void nothing(void *owner)
{
    (void)owner;
}

void asset_take(struct http_request *http, const char *path)
{
    const char *method = http_method(http), *known = http_header(http, "If-None-Match");
    const struct asset *asset = find(strcmp(path, "/") ? path : "/index.html");
    if (!asset) {
        refuse(http, "not-found", "there is no such page", NULL);
        return;
    }
    if (strcmp(method, "GET") && strcmp(method, "HEAD")) {
        refuse(http, "other-method", "this address takes GET", "GET, HEAD");
        return;
    }
    char etag[64];
    snprintf(etag, sizeof(etag), "ETag: %s", asset->etag);
    bool gzip = http_accepts_gzip(http_header(http, "Accept-Encoding")) &&
                asset->gzip_end - asset->gzip < asset->data_end - asset->data;
    const char *const headers[] = { etag, "Vary: Accept-Encoding",
        asset->hashed ? "Cache-Control: public, max-age=31536000, immutable" : "Cache-Control: no-cache",
        gzip ? "Content-Encoding: gzip" : NULL, NULL };
    bool same = known && strstr(known, asset->etag);
    const unsigned char *data = gzip ? asset->gzip : asset->data, *end = gzip ? asset->gzip_end : asset->data_end;
    /* The bytes are ours for ever: an owner that nobody frees spares the copy. */
    http_answer(http, &(struct http_answer){ .status = same ? 304 : 200,
                          .type = same ? NULL : asset->type,
                          .data = data,
                          .bytes = same ? 0 : (size_t)(end - data),
                          .headers = headers,
                          .owner = (void *)data,
                          .owner_free = nothing });
}
