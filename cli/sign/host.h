/* Signing keys and the server are kept apart: a stolen server must hold nothing that permits. */
#ifndef VEDETTE_CLI_SIGN_HOST_H
#define VEDETTE_CLI_SIGN_HOST_H

struct problem;

/* "server-host": the key lies in a server's state directory, or a server of Vedette runs on this machine (by the
 * processes in proc, "/proc", or by one of its state directories: NULL-terminated). */
int host_check(const char *key_path, const char *proc, const char *const *states, struct problem *);

#endif
