#include "cli/page_request.h"

#include <string.h>
#include <strings.h>

#include "cli/page.h"
#include "lib/crypto.h"

static bool is_json(const char *type)
{
    return type && !strncasecmp(type, "application/json", 16) && strchr("; ", type[16]);
}

static const char *behind_token(const char *path, const char *token)
{
    size_t length = strlen(token);
    if (path[0] != '/' || strlen(path) < length + 2 || !crypto_equal(path + 1, token, length) ||
        path[length + 1] != '/')
        return NULL;
    return path + length + 1;
}

const char *page_admits(const struct page_asked *asked, const char *token, unsigned port)
{
    char origin[PAGE_ORIGIN_BYTES];
    page_origin(port, origin);
    const char *host = strchr(origin, '/') + 2;
    bool post = !strcmp(asked->method, "POST");
    if (!asked->host || strcmp(asked->host, host))
        return NULL;
    if (asked->origin ? strcmp(asked->origin, origin) != 0 : post)
        return NULL;
    if (asked->site && strcmp(asked->site, "same-origin") && strcmp(asked->site, "none"))
        return NULL;
    if (post ? !is_json(asked->type) : strcmp(asked->method, "GET") != 0)
        return NULL;
    return behind_token(asked->path, token);
}
