/* What `--server` names, checked and written out. */
#ifndef VEDETTE_AGENT_CARRY_SERVER_H
#define VEDETTE_AGENT_CARRY_SERVER_H

#include <stddef.h>

struct problem;

#define SERVER_PORT_DEFAULT 7701

/* "https://host[:port][/]" becomes "https://host:port". The host is a name or an address, IPv6 in brackets. */
int server_parse(const char *url, char *ret, size_t room, struct problem *);

#endif
