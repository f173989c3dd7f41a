/* Certificates by which a receiver must prove its name. */
#ifndef ALERT_OUTPUT_CA_H
#define ALERT_OUTPUT_CA_H

struct problem;

/* base64: of a PEM text with at least one certificate. *ret_pem is the caller's to free. -1 + problem. */
int ca_read(const char *base64, char **ret_pem, struct problem *);

#endif
