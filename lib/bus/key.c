/* CURVE keys as text. Apart from bus.c so that `vedette init` needs no bus. */
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "lib/bus/bus.h"

void bus_make_key(char ret_secret[BUS_KEY_BYTES])
{
    char public[BUS_KEY_BYTES];
    if (zmq_curve_keypair(public, ret_secret))
        abort(); /* only a libzmq without CURVE fails here, and such a one must never run */
}

int bus_public_key(const char *secret, char ret_public[BUS_KEY_BYTES])
{
    char public[BUS_KEY_BYTES];
    if (strlen(secret) != BUS_KEY_BYTES - 1 || zmq_curve_public(public, secret))
        return -1;
    memcpy(ret_public, public, sizeof(public));
    return 0;
}
