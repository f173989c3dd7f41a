/* UTF-8 (RFC 3629), one character at a time. */
#ifndef VEDETTE_UTF8_H
#define VEDETTE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* The character at *at, which lies before end, and *at behind it; -1 and *at untouched if it is not well-formed: cut
 * off, longer than it need be, a surrogate, beyond U+10FFFF. */
int32_t utf8_next(const char **at, const char *end);
/* White_Space of Unicode, as Go's unicode.IsSpace has it. */
bool utf8_is_space(int32_t character);
/* A character that is invisible, controls a terminal or changes the direction of text: with it, people would read
 * something other than what is there. Tab and line feed are not among them. */
bool utf8_is_hidden(int32_t character);

#endif
