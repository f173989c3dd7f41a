/*
 * The memory of libraries that do not look everywhere whether they got what they asked for, and then call a success
 * what is none: OpenSSL 3.0 leaves out of what it signs a SET that it could not sort (asn1_set_seq_out); Jansson 2.14
 * leaves a character out of a string that it reads (lex_save), so that "/tmp/cache" is "/tmp/cche", and a key out of
 * what it writes (json_dumps). Their requests go through here (lib/envelope/memory.c, lib/message/message.c), and what
 * was made while one was refused is thrown away.
 */
#ifndef VEDETTE_MEMORY_H
#define VEDETTE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

/* In this thread, from now on. Whoever watches anew, forgets: so nobody watches within another's watch. */
void memory_watch(void);
bool memory_lacked(void);

/* As malloc and realloc; of 0 bytes the latter frees. */
void *memory_get(size_t bytes);
void *memory_change(void *old, size_t bytes);

#endif
