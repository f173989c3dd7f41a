/* The UI: files of build/web/dist, compiled in. */
#ifndef VEDETTE_PORTAL_ASSETS_H
#define VEDETTE_PORTAL_ASSETS_H

struct http_request;

/* Answer a GET for a file of the UI; "/" is index.html. */
void asset_take(struct http_request *, const char *path);

#endif
