/* Facts of this machine, each read from where the kernel or the system says it, never through a shell. */
#ifndef VEDETTE_AGENT_MACHINE_H
#define VEDETTE_AGENT_MACHINE_H

#include <jansson.h>
#include <stddef.h>

#define FACT_BYTES 65   /* hostname, os, kernel in the contract: at most 64 bytes, and NUL */

/* Each fills in text that the contract accepts (1 to 64 bytes of UTF-8 without control characters); "unknown" if the
 * machine does not say. */
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
