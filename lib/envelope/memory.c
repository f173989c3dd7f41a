#include "lib/memory.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/crypto.h>
#include <openssl/err.h>

#include "lib/envelope/private.h"

static void *get(size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return memory_get(bytes);
}

static void *change(void *old, size_t bytes, const char *file, int line)
{
    (void)file;
    (void)line;
    return memory_change(old, bytes);
}

static void give_back(void *old, const char *file, int line)
{
    (void)file;
    (void)line;
    free(old);
}

static void end(const char *why)
{
    fprintf(stderr, "OpenSSL cannot be used: %s\n", why);
    _Exit(EXIT_FAILURE);
}

/* OpenSSL takes them only before it asks for anything; and what it lacks when it begins, it lacks for ever. */
__attribute__((constructor)) static void begin(void)
{
    if (CRYPTO_set_mem_functions(get, change, give_back) != 1)
        end("it was in use before this program began, and its memory cannot be watched");
    ERR_clear_error();
    if (memory_lacked())
        end("no memory");
}

/* Called by all that OpenSSL is used by here; so this file is linked, and the above runs. */
void envelope_begin(void)
{
    ERR_clear_error();
    memory_watch();
}
