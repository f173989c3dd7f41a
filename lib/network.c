#include "lib/network.h"

#include <arpa/inet.h>
#include <string.h>

uint64_t network_of(const char *address)
{
    struct in_addr v4;
    struct in6_addr v6 = { 0 };
    uint64_t network;
    if (inet_pton(AF_INET, address, &v4) == 1)
        return v4.s_addr;
    inet_pton(AF_INET6, address, &v6);
    memcpy(&network, v6.s6_addr, sizeof(network));
    return network ^ UINT64_MAX;
}
