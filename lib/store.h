/*
 * Redis, from the loop, never blocking. Reconnects by itself with AUTH (0.1 s, doubling to 5 s).
 *
 * Replies come in order. When the connection is lost every command that waits is answered with NULL, so that nobody
 * waits for ever; at most 16,384 commands or 64 MiB wait, more are refused. A Redis that says nothing for 5 s while
 * commands wait is taken for lost.
 */
#ifndef VEDETTE_STORE_H
#define VEDETTE_STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct loop;
struct problem;
struct store;

enum store_type { STORE_NIL, STORE_TEXT, STORE_NUMBER, STORE_ARRAY, STORE_ERROR };

struct store_reply {
    enum store_type type;
    const char *text;           /* STORE_TEXT, STORE_ERROR */
    size_t bytes;
    int64_t number;
    const struct store_reply *items;    /* STORE_ARRAY */
    size_t n_items;
};

/* reply NULL: not connected, or the connection was lost. */
typedef void store_replied(void *arg, const struct store_reply *reply);

/* connected(arg) is called after each (re)connection: write again what Redis may have lost. */
struct store *store_open(struct loop *, const char *socket_path, const char *user, const char *password_file,
                         void (*connected)(void *arg), void *arg, struct problem *);
void store_free(struct store *);    /* answers what waits with NULL; not from within a callback of this store */
bool store_connected(const struct store *);

struct store_word {
    const void *data;
    size_t bytes;
};
static inline struct store_word store_text(const char *text)
{
    return (struct store_word){ text, strlen(text) };
}
/* Send one command of n words. replied may be NULL. -1: not connected or too much waits; nothing was sent. */
int store_command(struct store *, const struct store_word *words, size_t n, store_replied *, void *arg);

#endif
