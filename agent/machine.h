/* Facts of this machine, each read from where the kernel or the system says it, never through a shell. */
#ifndef VEDETTE_AGENT_MACHINE_H
#define VEDETTE_AGENT_MACHINE_H

#include <jansson.h>
#include <stddef.h>

#define FACT_BYTES 65 /* hostname, os, kernel in the contract: at most 64 bytes, and NUL */

/* Take of text what the contract accepts: whole characters of UTF-8, blanks for control characters; "unknown" if
 * nothing is left. */
void fact_take(const char *text, char ret[FACT_BYTES]);

void machine_hostname(char ret[FACT_BYTES]);
void machine_os(char ret[FACT_BYTES]);
void machine_kernel(char ret[FACT_BYTES]);
void machine_cpu(char ret[FACT_BYTES]);

long machine_cpus(void);
long long machine_memory_bytes(void);
/* [{mount, type, bytes}], local block devices only, at most 32: asking a network file system may hang for ever. */
json_t *machine_disks(void);
/* ["10.0.0.5", …] without loopback and link-local, sorted, at most 64. */
json_t *machine_addresses(void);

#endif
