/* The looks that need a network or OpenSSL. They may block: the resident's deadline ends them. */
#ifndef VEDETTE_WATCH_LOOKS_H
#define VEDETTE_WATCH_LOOKS_H

#include "agent/watch/condition.h"

void look_address(char **words, struct sample *ret);
void look_https(char **words, struct sample *ret);
void look_certificate(char **words, struct sample *ret);
void look_certificate_file(char **words, struct sample *ret);

/* Fill in a sample without a value. */
void look_found(struct sample *ret, enum level, const char *format, ...) __attribute__((format(printf, 3, 4)));
/* A connection to the host; -1 and *ret filled in. */
int look_connect(const char *host, const char *port, struct sample *ret);

#endif
