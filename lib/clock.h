/* Time. Monotonic for durations and deadlines, wall for people. RFC 3339 in UTC with milliseconds on the wire. */
#ifndef VEDETTE_CLOCK_H
#define VEDETTE_CLOCK_H

#include <stdint.h>

#define RFC3339_BYTES 25    /* "2026-01-31T23:59:59.123Z" and NUL */

int64_t clock_mono_ms(void);
int64_t clock_wall_ms(void);
void clock_rfc3339(char text[RFC3339_BYTES], int64_t wall_ms);
/* 0, or -1 if text is no RFC 3339 time between 1970 and 9999; any offset and up to 9 fractional digits are taken. */
int clock_parse_rfc3339(const char *text, int64_t *ret_wall_ms);

#endif
