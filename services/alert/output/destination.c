#include "services/alert/output/destination.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/problem.h"

#define SYSLOG_TLS_PORT "6514" /* RFC 5425 */
#define HTTPS "https://"

static int bad(const char *why, struct problem *problem)
{
    return problem_set(problem, "bad-destination", "destination", "the destination %s", why);
}

static bool is_host_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
           c == '_';
}

/* The host, in brackets or not, off the front of *text. */
static int take_host(const char **text, char ret[DESTINATION_HOST_BYTES], struct problem *problem)
{
    struct in6_addr address;
    bool brackets = **text == '[';
    const char *host = *text + brackets;
    size_t length = 0;
    while (brackets ? host[length] && host[length] != ']' : is_host_character(host[length]))
        length++;
    if (!length || length >= DESTINATION_HOST_BYTES)
        return bad("has no host name, or too long a one", problem);
    if (brackets && host[length] != ']')
        return bad("has a [ without its ]", problem);
    memcpy(ret, host, length);
    ret[length] = '\0';
    if (brackets && inet_pton(AF_INET6, ret, &address) != 1)
        return bad("has no IPv6 address in its brackets", problem);
    *text = host + length + brackets;
    return 0;
}

static int take_port(const char **text, const char *initial, char ret[6], struct problem *problem)
{
    if (**text != ':') {
        snprintf(ret, 6, "%s", initial);
        return 0;
    }
    const char *digits = *text + 1;
    size_t length = strspn(digits, "0123456789");
    if (!length || length > 5 || digits[0] == '0' || strtoul(digits, NULL, 10) > 65535)
        return bad("has no port from 1 to 65535 behind its colon", problem);
    snprintf(ret, 6, "%.*s", (int)length, digits);
    *text = digits + length;
    return 0;
}

/* An address that is written as a number says at once whether it may be used; a name, when it is looked up. */
static int check_literal(const struct destination *destination, struct problem *problem)
{
    struct sockaddr_in6 six = { .sin6_family = AF_INET6 };
    struct sockaddr_in four = { .sin_family = AF_INET };
    const char *why = NULL;
    if (inet_pton(AF_INET, destination->host, &four.sin_addr) == 1)
        why = destination_refused((const struct sockaddr *)&four);
    else if (inet_pton(AF_INET6, destination->host, &six.sin6_addr) == 1)
        why = destination_refused((const struct sockaddr *)&six);
    return why ? problem_set(problem, "refused-destination", "destination", "%s is %s", destination->host, why) : 0;
}

static int check_rest(enum output_kind kind, const char *rest, struct problem *problem)
{
    if (kind == OUTPUT_KIND_SYSLOG)
        return *rest ? bad("of syslog is host:port and nothing more", problem) : 0;
    if (*rest && *rest != '/' && *rest != '?')
        return bad("has something between host and path; a user name or password has no place in it", problem);
    for (; *rest; rest++) {
        if (*rest <= ' ' || *rest > '~' || *rest == '#')
            return bad("has a character that must be escaped, or a #", problem);
    }
    return 0;
}

int destination_parse(enum output_kind kind, const char *text, struct destination *ret, struct problem *problem)
{
    struct destination found;
    bool webhook = kind == OUTPUT_KIND_WEBHOOK;
    if (webhook && strncmp(text, HTTPS, strlen(HTTPS)))
        return bad("of a webhook begins with " HTTPS, problem);
    text += webhook ? strlen(HTTPS) : 0;
    if (take_host(&text, found.host, problem) ||
        take_port(&text, webhook ? "443" : SYSLOG_TLS_PORT, found.port, problem) || check_rest(kind, text, problem) ||
        check_literal(&found, problem))
        return -1;
    *ret = found;
    return 0;
}

/* Each with its reason. Loopback and private networks are not among them: that is where collectors are, and only who
 * proves the destination's name by a certificate learns anything from us. */
static const struct {
    const char *network;
    unsigned bits;
    const char *why;
} refused[] = {
    { "::", 128, "no address of a host" },
    { "fe80::", 10, "a link-local address" },
    { "ff00::", 8, "a multicast address" },
    { "fd00:ec2::254", 128, "a cloud's metadata service" },
    /* IPv4, as it stands in IPv6 */
    { "::ffff:0.0.0.0", 104, "no address of a host" },
    { "::ffff:169.254.0.0", 112, "a link-local address, where clouds keep their metadata service" },
    { "::ffff:100.100.100.200", 128, "a cloud's metadata service" },
    { "::ffff:168.63.129.16", 128, "a cloud's metadata service" },
    { "::ffff:192.0.0.192", 128, "a cloud's metadata service" },
    { "::ffff:224.0.0.0", 100, "a multicast address" },
    { "::ffff:240.0.0.0", 100, "no address of a host" },
};

static bool is_within(const struct in6_addr *address, const char *network, unsigned bits)
{
    struct in6_addr start;
    inet_pton(AF_INET6, network, &start);
    for (unsigned i = 0; i < bits; i++) {
        if ((address->s6_addr[i / 8] ^ start.s6_addr[i / 8]) & 0x80 >> i % 8)
            return false;
    }
    return true;
}

/* Every address as one of IPv6; what only carries an IPv4 address counts as that. */
static struct in6_addr unified(const struct sockaddr *address)
{
    struct in6_addr six = { .s6_addr = { [10] = 0xff, [11] = 0xff } };
    if (address->sa_family == AF_INET) {
        memcpy(six.s6_addr + 12, &((const struct sockaddr_in *)(const void *)address)->sin_addr, 4);
        return six;
    }
    const struct in6_addr *given = &((const struct sockaddr_in6 *)(const void *)address)->sin6_addr;
    /* NAT64 (RFC 6052), and IPv4-compatible addresses (RFC 4291) but for :: and ::1. */
    bool carries = is_within(given, "64:ff9b::", 96) || (is_within(given, "::", 96) && !is_within(given, "::", 127));
    if (!carries)
        return *given;
    memcpy(six.s6_addr + 12, given->s6_addr + 12, 4);
    return six;
}

const char *destination_refused(const struct sockaddr *address)
{
    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return "no address of the internet";
    struct in6_addr six = unified(address);
    for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
        if (is_within(&six, refused[i].network, refused[i].bits))
            return refused[i].why;
    }
    return NULL;
}
