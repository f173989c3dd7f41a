/*
 * A conversation with an SFTP server, as the files of that kind share it. For lib/target/sftp*.c, the only users of
 * libssh2, alone. docs/decisions/0038-sftp-by-libssh2.md says why it is not libcurl.
 */
#ifndef VEDETTE_TARGET_SFTP_H
#define VEDETTE_TARGET_SFTP_H

#include <libssh2.h>
#include <libssh2_sftp.h>

#include "lib/target/transport.h"

struct sftp {
    char *key; /* the private key, as it stands in its file */
    size_t key_bytes;
    int fd; /* -1: not connected; then the rest is NULL */
    LIBSSH2_SESSION *session;
    LIBSSH2_SFTP *sftp;
    bool broken;      /* nothing more can be said: what comes next begins anew */
    int64_t heard_ms; /* when the socket was ready last, monotonic */
};

/* Connected, to the host with the pinned key and no other, and logged in. */
enum target_result sftp_enter(struct target *, struct problem *);
void sftp_hang_up(struct target *);
/* End the conversation; handles are still to be closed. */
void sftp_break(struct sftp *);

/* libssh2 never blocks here: it is asked the same again whenever the socket is ready. The result is EAGAIN when the
 * call has to end. */
#define SFTP_ASK(target, call)                                                                                         \
    ({                                                                                                                 \
        ssize_t answer_;                                                                                               \
        do                                                                                                             \
            answer_ = (call);                                                                                          \
        while (answer_ == LIBSSH2_ERROR_EAGAIN && sftp_wait(target));                                                  \
        answer_;                                                                                                       \
    })
/* Until the socket is ready, at most a tenth of a second. false: the call has to end. */
bool sftp_wait(struct target *);

/* Where the object stands on the server. */
void sftp_path(const struct target *, const char *name, char ret[TARGET_PATH_BYTES + TARGET_NAME_BYTES]);
/* NULL: see sftp_error. */
LIBSSH2_SFTP_HANDLE *sftp_open(struct target *, const char *path, unsigned long flags, long mode, int type);
/* 0 or an error of libssh2; the handle is gone either way. */
int sftp_close(struct target *, LIBSSH2_SFTP_HANDLE *);
/* Of the last thing asked: what it means for the call, with a problem "cannot <doing> <name>: …". A conversation in
 * which anything may be on its way now is broken off. */
enum target_result sftp_error(struct target *, const char *doing, const char *name, struct problem *);
/* The server's own word on the last thing, an LIBSSH2_FX_…; 0: it has not refused anything. */
unsigned long sftp_word(const struct sftp *);

enum target_result sftp_put(struct target *, const char *name, struct cargo *, struct problem *);
enum target_result sftp_list(struct target *, const char *folder, target_lister, void *arg, struct problem *);

#endif
