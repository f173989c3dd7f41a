#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>

#include "lib/envelope/private.h"

static _Thread_local bool lacked;

static void *note(void *got)
{
    lacked |= !got;
    return got;
}

static void *get(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return note(malloc(bytes));
}

static void *change(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return note(realloc(old, bytes));
}

static void give_back(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

/* OpenSSL takes them only before it asks for anything. */
__attribute__((constructor)) static void watch(void)
{
    if (CRYPTO_set_mem_functions(get, change, give_back) == 1)
        return;
    fputs("OpenSSL was in use before this program began: its memory cannot be watched\n", stderr);
    abort();
}

void envelope_memory_watch(void)
{
    lacked = false;
}

bool envelope_memory_lacked(void)
{
    return lacked;
}
