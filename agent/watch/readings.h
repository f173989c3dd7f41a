/* What samplers read, from text to numbers: files of /proc, the output of other programs. Pure. */
#ifndef VEDETTE_WATCH_READINGS_H
#define VEDETTE_WATCH_READINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sample;

/* /proc/stat: ticks of all processors since the start of the machine. */
struct ticks {
    uint64_t busy, total;
};
int ticks_parse(const char *text, struct ticks *ret);
/* Thousandths of a percent between two readings; with nothing before, since the start of the machine. */
uint64_t ticks_share(const struct ticks *before, const struct ticks *now);

/* /proc/meminfo: thousandths of a percent that programs cannot get. */
int memory_parse(const char *text, uint64_t *ret);
/* /proc/loadavg: thousandths, over the last minute. */
int load_parse(const char *text, uint64_t *ret);

/* `systemctl show`: lines of LoadState=, ActiveState=, SubState=. */
void unit_read(const char *text, struct sample *ret);
/* `apt-get --simulate upgrade`: a line `Inst …` for each package. */
void updates_read(const char *text, struct sample *ret);
/* `smartctl --json`. */
void smart_read(const char *text, size_t bytes, struct sample *ret);
/* The status line of HTTP/1.x. -1: it is none. */
int http_status_parse(const char *text, unsigned *ret_status);
/* What vedette-agent-look and scripts print: see look/. */
void look_read(const char *text, struct sample *ret);

#endif
