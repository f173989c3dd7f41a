/* Who may connect: ZeroMQ asks for each handshake (RFC 27, ZAP), bus.keys, or for the streams audit's
 * subscribers, answer with who it is as User-Id. */
#include <string.h>

#include "lib/bus/internal.h"

#define KEY_BYTES 32

/* Frames of a request: version, request id, domain, address, routing id, mechanism, key. */
static struct bus_who who_asks(const struct bus *bus, const struct bus_message *request)
{
    char key[BUS_KEY_BYTES];
    if (request->n != 7 || !bus_frame_is(&request->frames[0], "1.0") || !bus_frame_is(&request->frames[5], "CURVE") ||
        request->frames[6].bytes != KEY_BYTES)
        return (struct bus_who){ 0 };
    bus_key_text(request->frames[6].data, key);
    struct bus_who who = { .peer = bus_keys_peer(&bus->keys, key) };
    /* The domain is the socket's name: only the two of the streams have one. */
    if (!who.peer && bus->spine)
        who = bus_spine_subscriber(bus->spine, &request->frames[2], key);
    return who;
}

static struct bus_frame text_frame(const char *text)
{
    return (struct bus_frame){ text, strlen(text) };
}

static void answer(struct bus *bus, const struct bus_message *request)
{
    char user[BUS_WHO_BYTES] = "";
    struct bus_who who = who_asks(bus, request);
    bool too_many = who.peer && bus->spine && !bus_spine_admits(bus->spine, &request->frames[2], &who);
    const struct bus_frame none = { "", 0 };
    if (who.peer)
        bus_who_text(&who, user);
    const struct bus_frame frames[] = {
        text_frame("1.0"), request->n > 1 ? request->frames[1] : none,
        text_frame(too_many ? "300" : who.peer ? "200" : "400"),
        text_frame(too_many ? "too many connections" : who.peer ? "OK" : "unknown key"), text_frame(user), none,
    };
    if (!who.peer || too_many)
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
