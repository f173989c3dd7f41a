#include "agent/watch/echo.h"

#include <string.h>

enum { REQUEST_V4 = 8, REPLY_V4 = 0, REQUEST_V6 = 128, REPLY_V6 = 129 };

#define HEADER_BYTES 8

/* RFC 1071. Over ICMPv6 the kernel does it, whose sum covers addresses. */
static uint16_t checksum(const uint8_t *bytes, size_t count)
{
    uint32_t sum = 0;
    for (size_t i = 0; i + 1 < count; i += 2)
        sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

void echo_request(const struct echo *echo, uint8_t ret[ECHO_BYTES])
{
    memset(ret, 0, ECHO_BYTES);
    ret[0] = echo->v6 ? REQUEST_V6 : REQUEST_V4;
    ret[7] = 1; /* sequence */
    memcpy(ret + HEADER_BYTES, echo->token, ECHO_TOKEN_BYTES);
    uint16_t sum = echo->v6 ? 0 : checksum(ret, ECHO_BYTES);
    ret[2] = (uint8_t)(sum >> 8);
    ret[3] = (uint8_t)sum;
}

bool echo_is_reply(const struct echo *echo, const uint8_t *packet, size_t bytes)
{
    /* A raw IPv4 socket gives the IP header too. */
    size_t skipped = echo->raw && !echo->v6 && bytes ? (size_t)(packet[0] & 0xf) * 4 : 0;
    if (bytes < skipped + ECHO_BYTES)
        return false;
    packet += skipped;
    return packet[0] == (echo->v6 ? REPLY_V6 : REPLY_V4) &&
           !memcmp(packet + HEADER_BYTES, echo->token, ECHO_TOKEN_BYTES);
}
