#include "lib/http/private.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool digits_only(const char *text)
{
    size_t count = strspn(text, "0123456789");
    return count > 0 && count <= 18 && text[count] == '\0'; /* 18 digits fit into 64 bits */
}

/* libmicrohttpd 0.9.75 joins a folded line (RFC 9112 §5.2) to the header's name instead of its value: a folded
 * Transfer-Encoding would be overlooked. Such a name betrays it. */
static bool folded(const char *name, size_t name_bytes)
{
    return (name_bytes > 14 && strncasecmp(name, "Content-Length", 14) == 0) ||
           (name_bytes > 17 && strncasecmp(name, "Transfer-Encoding", 17) == 0);
}

void http_facts_add(struct http_facts *facts, const char *name, size_t name_bytes, const char *value)
{
    for (size_t i = 0; i < name_bytes; i++)
        if ((unsigned char)name[i] <= ' ' || name[i] == 0x7f)
            facts->bad_name = true;
    if (folded(name, name_bytes))
        facts->bad_name = true;
    if (name_bytes == 4 && strncasecmp(name, "Host", 4) == 0) {
        facts->hosts++;
    } else if (name_bytes == 14 && strncasecmp(name, "Content-Length", 14) == 0) {
        facts->lengths++;
        if (digits_only(value))
            facts->length = strtoull(value, NULL, 10);
        else
            facts->bad_length = true;
    } else if (name_bytes == 17 && strncasecmp(name, "Transfer-Encoding", 17) == 0) {
        facts->encodings++;
        facts->chunked = strcmp(value, "chunked") == 0;
    }
}

const char *http_facts_ambiguous(const struct http_facts *facts, bool http_1_1)
{
    if (facts->bad_name)
        return "a header name contains a blank, or the header is folded";
    if (facts->hosts != 1)
        return "there must be exactly one Host header";
    if (facts->lengths > 1)
        return "there is more than one Content-Length header";
    if (facts->bad_length)
        return "Content-Length is not a number";
    if (facts->encodings > 0 && facts->lengths > 0)
        return "Content-Length and Transfer-Encoding exclude each other";
    if (facts->encodings > 1 || (facts->encodings == 1 && !facts->chunked))
        return "the only Transfer-Encoding taken is chunked";
    if (facts->encodings == 1 && !http_1_1)
        return "Transfer-Encoding needs HTTP/1.1";
    return NULL;
}
