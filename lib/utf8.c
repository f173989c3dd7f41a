#include "lib/utf8.h"

#include <stddef.h>

static const struct form {
    uint8_t mask, lead; /* lead byte & mask == lead */
    int more;           /* bytes that follow */
    int32_t least;      /* smaller characters have a shorter form */
} forms[] = { { 0x80, 0x00, 0, 0 }, { 0xe0, 0xc0, 1, 0x80 }, { 0xf0, 0xe0, 2, 0x800 }, { 0xf8, 0xf0, 3, 0x10000 } };

static const struct form *form_of(uint8_t lead)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if ((lead & forms[i].mask) == forms[i].lead)
            return &forms[i];
    }
    return NULL;
}

int32_t utf8_next(const char **at, const char *end)
{
    const uint8_t *bytes = (const uint8_t *)*at;
    const struct form *form = form_of(bytes[0]);
    if (!form || end - *at <= form->more)
        return -1;
    int32_t character = bytes[0] & (uint8_t)~form->mask;
    for (int i = 1; i <= form->more; i++) {
        if ((bytes[i] & 0xc0) != 0x80)
            return -1;
        character = character << 6 | (bytes[i] & 0x3f);
    }
    if (character < form->least || character > 0x10ffff || (character >= 0xd800 && character <= 0xdfff))
        return -1;
    *at += 1 + form->more;
    return character;
}

bool utf8_is_space(int32_t character)
{
    if (character >= 0x2000 && character <= 0x200a)
        return true;
    switch (character) {
    case '\t':
    case '\n':
    case '\v':
    case '\f':
    case '\r':
    case ' ':
    case 0x85:
    case 0xa0:
    case 0x1680:
    case 0x2028:
    case 0x2029:
    case 0x202f:
    case 0x205f:
    case 0x3000:
        return true;
    default:
        return false;
    }
}

bool utf8_is_hidden(int32_t character)
{
    static const struct {
        int32_t first, last;
    } hidden[] = { { 0, 8 }, { 11, 31 }, { 127, 159 }, { 0xad, 0xad }, { 0x34f, 0x34f }, { 0x61c, 0x61c },
        { 0x115f, 0x1160 }, { 0x17b4, 0x17b5 }, { 0x180b, 0x180f }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
        { 0x2060, 0x206f }, { 0x3164, 0x3164 }, { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xffa0, 0xffa0 },
        { 0xfff0, 0xfffb }, { 0xe0000, 0xe0fff } };
    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (character >= hidden[i].first && character <= hidden[i].last)
            return true;
    }
    return false;
}
