#include "lib/http/asset.h"

#include <stdio.h>
#include <string.h>

#include "lib/http/http.h"

const struct http_asset *http_asset_find(const struct http_assets *assets, const char *path)
{
    if (!strcmp(path, "/"))
        path = "/index.html";
    for (size_t i = 0; i < assets->count; i++)
        if (!strcmp(assets->list[i].path, path))
            return &assets->list[i];
    return NULL;
}

static void nothing(void *owner)
{
    (void)owner;
}

void http_asset_answer(struct http_request *http, const struct http_asset *asset)
{
    const char *known = http_header(http, "If-None-Match");
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
