/* Apart from target.c, which needs every sort of target: whoever only reads the owner's file links no libcurl. */
#include <string.h>

#include "lib/target/transport.h"

#define WORD "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-"

bool target_is_name(const char *name)
{
    unsigned words = 0;
    const char *at = name;
    do {
        if (*at == '.' || !*at || *at == '/' || ++words > TARGET_DEPTH_MAX)
            return false;
        at += strspn(at, WORD);
    } while (*at++ == '/');
    return !at[-1] && (size_t)(at - name) <= TARGET_NAME_BYTES;
}
