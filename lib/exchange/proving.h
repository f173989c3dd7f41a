/* Receipts that are asked for: the log's proof that an entry of class ops is in it. */
#ifndef VEDETTE_EXCHANGE_PROVING_H
#define VEDETTE_EXCHANGE_PROVING_H

#include <stddef.h>
#include <stdint.h>

struct bus;
struct call_log_prove_reply;

#define PROVING_MAX 64 /* at a time */

struct proving {
    struct bus *bus;
    void (*proved)(void *arg, int64_t number, const struct call_log_prove_reply *);
    void *arg;
    int64_t asked[PROVING_MAX]; /* the caller's numbers of what is not answered */
    size_t n;
};

/* The caller has set bus, proved and arg. What is asked for already, and what is too much, is passed over: whoever
 * still lacks a receipt later asks again. */
void proving_ask(struct proving *, int64_t number, uint64_t sequence);

#endif
