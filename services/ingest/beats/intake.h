/*
 * Datagrams to presence: a batch as recvmmsg left it is decoded, authenticated under each agent's key and counted.
 * Nothing here allocates, waits or answers; what is wrong with a datagram is counted by reason and forgotten.
 */
#ifndef INGEST_INTAKE_H
#define INGEST_INTAKE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

struct presence;
struct recent;
struct wakes;

/* A tag stands for the address that beats come from: 15 bits of its hash, and whether a second beat confirmed it. */
#define TAG_CONFIRMED 0x8000u

struct intake_counts {
    uint64_t accepted, bad_length, bad_version, bad_layout, unknown_agent, retired, bad_mac, old_counter;
};

struct intake {
    struct presence *presence;
    struct intake_counts counts;
    uint64_t seed;              /* of the tags: random, so that nobody can choose addresses that look the same */
    struct recent *recent;      /* where accepted beats are kept; NULL: nowhere */
    struct wakes *wakes;        /* told of authentic beats with an old counter; NULL: nobody is */
    void (*reachable)(void *arg, uint32_t agent); /* it is back, or its address was confirmed; NULL: nobody is told */
    void *arg;
};

/* At most RECENT_BATCH. msg_hdr.msg_iov of each is set, msg_len is the true length (MSG_TRUNC). A message whose msg_name
 * is NULL came from an address that was not asked for: it counts, and the agent's address stays what it was. */
void intake_take(struct intake *, const struct mmsghdr *messages, unsigned n, int64_t mono_ms, int64_t wall_ms);

/* An address in the form that cold keeps; returns its port. */
uint16_t intake_address(const struct sockaddr *from, uint8_t ret[16]);

#endif
