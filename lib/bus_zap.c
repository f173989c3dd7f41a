/* Who may connect: ZeroMQ asks for each handshake (RFC 27, ZAP), bus.keys answers with the role as User-Id. */
#include <string.h>

#include "lib/bus_internal.h"

#define KEY_BYTES 32

/* Frames of a request: version, request id, domain, address, routing id, mechanism, key. */
static unsigned peer_of_request(const struct bus *bus, const struct bus_message *request)
{
    char key[BUS_KEY_BYTES];
    if (request->n != 7 || !bus_frame_is(&request->frames[0], "1.0") || !bus_frame_is(&request->frames[5], "CURVE") ||
        request->frames[6].bytes != KEY_BYTES)
        return 0;
    bus_key_text(request->frames[6].data, key);
    return bus_keys_peer(&bus->keys, key);
}

static struct bus_frame text_frame(const char *text)
{
    return (struct bus_frame){ text, strlen(text) };
}

static void answer(struct bus *bus, const struct bus_message *request)
{
    unsigned peer = peer_of_request(bus, request);
    bool too_many = peer && bus->spine && !bus_spine_admits(bus->spine, &request->frames[2]);
    const struct bus_frame none = { "", 0 };
    const struct bus_frame frames[] = {
        text_frame("1.0"), request->n > 1 ? request->frames[1] : none,
        text_frame(too_many ? "300" : peer ? "200" : "400"),
        text_frame(too_many ? "too many connections" : peer ? "OK" : "unknown key"), peer ? text_frame(bus_peer_name(peer)) : none, none,
    };
    if (!peer || too_many)
        bus->refused[too_many ? BUS_REFUSED_TOO_MANY : BUS_REFUSED_UNKNOWN_KEY]++;
    bus_socket_send(bus->zap, frames, sizeof(frames) / sizeof(frames[0]));
}

void bus_zap_turn(struct bus *bus)
{
    struct bus_message request;
    for (unsigned i = 0; i < BUS_MESSAGES_A_TURN; i++) {
        int got = bus_socket_receive(bus->zap, &request);
        if (got > 0)
            return;
        if (!got)
            answer(bus, &request);
    }
    bus->again = true;
}
