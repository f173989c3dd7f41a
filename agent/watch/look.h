/*
 * vedette-agent-look, executed for what may hang or needs OpenSSL: names, TLS, file systems of other machines. It gets the
 * words below and prints one line, `LEVEL VALUE REASON`: the value in the kind's unit, `-` for none.
 *
 *     disk PATH   age PATH   address HOST   https URL STATUS   certificate HOST PORT   certificate-file PATH
 *
 * `address` prints the address as the reason.
 */
#ifndef VEDETTE_WATCH_LOOK_H
#define VEDETTE_WATCH_LOOK_H

struct child_end;
struct sampling;

#define LOOK_LIMIT_MS 10000 /* a name, a connection, a handshake, an answer */

/* words end with NULL, at most 6. What it prints is the sample. */
void look_at(struct sampling *, const char *const *words);
/* The same, with another end: arg is the sampling. */
void look_for(struct sampling *, const char *const *words, void (*ended)(void *arg, const struct child_end *));

/* Of any child: whether it was killed at its deadline or did not end well; then the sample is done, unknown. */
struct sampling;
int child_failed(struct sampling *, const char *program, const struct child_end *);

#endif
