/* Apart from target.c, which needs every sort of target: whoever only reads the owner's file links no libcurl. */
#include "lib/target/transport.h"

/* No strspn: of a set this large it makes a table with each call, and a list asks of every object. */
static bool is_of_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || c == '.' || c == '_' ||
           c == '-';
}

bool target_is_name(const char *name)
{
    unsigned words = 0;
    const char *at = name;
    do {
        if (*at == '.' || !is_of_word(*at) || ++words > TARGET_DEPTH_MAX)
            return false;
        while (is_of_word(*at))
            at++;
    } while (*at++ == '/');
    return !at[-1] && (size_t)(at - name) <= TARGET_NAME_BYTES;
}
