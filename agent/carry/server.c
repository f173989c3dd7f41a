#include "agent/carry/server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

#define HOST_LIMIT_BYTES 253 /* RFC 1035 */
#define HOST_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_"
#define V6_CHARACTERS "0123456789abcdefABCDEF:."

/* Bytes of the host at the beginning of text, brackets included; 0 if there is none. */
static size_t host_bytes(const char *text)
{
    if (*text != '[')
        return strspn(text, HOST_CHARACTERS);
    size_t inside = strspn(text + 1, V6_CHARACTERS);
    return inside && text[1 + inside] == ']' ? inside + 2 : 0;
}

int server_parse(const char *url, char *ret, size_t room, struct problem *problem)
{
    static const char scheme[] = "https://";
    unsigned long port = SERVER_PORT_DEFAULT;
    size_t length = 0;
    const char *host = "", *rest = "";
    if (!strncmp(url, scheme, strlen(scheme))) {
        host = url + strlen(scheme);
        length = host_bytes(host);
        rest = host + length;
    }
    if (length && *rest == ':' && rest[1] >= '0' && rest[1] <= '9') {
        char *end;
        port = strtoul(rest + 1, &end, 10);
        rest = end;
    }
    if (!length || length > HOST_LIMIT_BYTES || port < 1 || port > 65535 || (*rest && strcmp(rest, "/")))
        return problem_set(problem, "bad-server", "server", "--server must be https://host or https://host:port");
    if (snprintf(ret, room, "%s%.*s:%lu", scheme, (int)length, host, port) >= (int)room)
        return problem_set(problem, "bad-server", "server", "the server's name is too long");
    return 0;
}
