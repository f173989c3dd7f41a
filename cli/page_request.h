/* Who may ask the page at all. Pure. */
#ifndef VEDETTE_CLI_PAGE_REQUEST_H
#define VEDETTE_CLI_PAGE_REQUEST_H

#include <stdbool.h>

struct page_asked {
    const char *method, *path, *host, *origin, *site,
        *type; /* site: Sec-Fetch-Site, type: Content-Type; NULL: absent */
};

/* What is asked for behind the token, "/" or "/app.js"; NULL: whoever asks is not led there by the user. */
const char *page_admits(const struct page_asked *, const char *token, unsigned port);

#endif
