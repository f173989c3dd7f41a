#include "agent/watch/url.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int take_port(const char *text, uint16_t *ret)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return -1;
    unsigned long port = strtoul(text, &end, 10);
    if (*end || !port || port > UINT16_MAX)
        return -1;
    *ret = (uint16_t)port;
    return 0;
}

/* host, host:port, [v6] or [v6]:port. */
static int take_place(char *place, struct url *url)
{
    bool bracketed = *place == '[';
    char *end = bracketed ? strchr(place, ']') : place + strcspn(place, ":");
    if (!end || (bracketed && end[1] && end[1] != ':'))
        return -1;
    char *port = bracketed ? (end[1] ? end + 2 : NULL) : (*end ? end + 1 : NULL);
    if (port && take_port(port, &url->port))
        return -1;
    *end = '\0';
    place += bracketed;
    snprintf(url->host, sizeof(url->host), "%s", place);
    return *place && strlen(place) < sizeof(url->host) ? 0 : -1;
}

int url_parse(const char *text, struct url *ret)
{
    struct url url = { .tls = !strncmp(text, "https://", 8) };
    char place[URL_HOST_BYTES + 8];
    if (!url.tls && strncmp(text, "http://", 7))
        return -1;
    url.port = url.tls ? 443 : 80;
    text += url.tls ? 8 : 7;
    /* It becomes a line of a request: nothing may end that line early. */
    if (text[strcspn(text, " \t\r\n@#\\")])
        return -1;
    size_t length = strcspn(text, "/?");
    if (length >= sizeof(place) || strlen(text + length) + 2 > sizeof(url.path))
        return -1;
    snprintf(place, sizeof(place), "%.*s", (int)length, text);
    snprintf(url.path, sizeof(url.path), "%s%s", text[length] == '/' ? "" : "/", text + length);
    if (take_place(place, &url))
        return -1;
    *ret = url;
    return 0;
}
