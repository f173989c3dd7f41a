/* The UI: files of build/web/dist, compiled in (embed.py), served as they are. */
#ifndef VEDETTE_PORTAL_ASSETS_H
#define VEDETTE_PORTAL_ASSETS_H

#include <stdbool.h>

struct http_request;

struct asset {
    const char *path, *type;
    const char *etag; /* with its quotes */
    bool hashed;      /* its name changes with its content: may be kept for ever */
    const unsigned char *data, *data_end, *gzip, *gzip_end;
};
extern const struct asset assets[];
extern const unsigned asset_count;

/* Answer a GET for a file of the UI; "/" is index.html. */
void asset_take(struct http_request *, const char *path);

#endif
