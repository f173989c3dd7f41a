/* Pages that are compiled into a program (web/embed.py): files, served as they are. */
#ifndef VEDETTE_HTTP_ASSET_H
#define VEDETTE_HTTP_ASSET_H

#include <stdbool.h>
#include <stddef.h>

struct http_request;

/* Headers of every answer of a program with pages. Scripts, styles and connections of our own origin and nothing else;
 * no markup from strings (Trusted Types). */
#define HTTP_PAGE_HEADERS                                                                                              \
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "         \
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; base-uri 'none'; "                   \
    "form-action 'self'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",            \
        "X-Content-Type-Options: nosniff", "Referrer-Policy: no-referrer",                                             \
        "Cross-Origin-Resource-Policy: same-origin", "Cross-Origin-Opener-Policy: same-origin",                        \
        "Permissions-Policy: accelerometer=(), camera=(), geolocation=(), gyroscope=(), magnetometer=(), "             \
        "microphone=(), payment=(), usb=()"

struct http_asset {
    const char *path, *type;
    const char *etag; /* with its quotes */
    bool hashed;      /* its name changes with its content: may be kept for ever */
    const unsigned char *data, *data_end, *gzip, *gzip_end;
};

struct http_assets {
    const struct http_asset *list;
    size_t count;
};

/* The file at a path, "/" being index.html; NULL: there is none. */
const struct http_asset *http_asset_find(const struct http_assets *, const char *path);
/* Answer a GET or HEAD with it. */
void http_asset_answer(struct http_request *, const struct http_asset *);

#endif
