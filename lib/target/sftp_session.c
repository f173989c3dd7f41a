#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/target/sftp.h"

#define CONNECT_LIMIT_MS 10000 /* to one address */
#define QUIET_LIMIT_MS 60000   /* nothing came and nothing could be sent for so long: the line is dead */
#define LOOK_MS 100

/* Ed25519 first: it is the one that owners are told to pin. What libssh2 and OpenSSH do without SHA-1. */
static const char host_keys[] = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521";

static enum target_result unreached(struct target *target, const char *why, struct problem *problem)
{
    problem_set(
        problem, "unreached", target->conf.name, "cannot reach %s:%u: %s", target->conf.host, target->conf.port, why);
    return TARGET_UNREACHED;
}

/* Whether the socket got its connection in time. */
static bool is_connected(struct target *target, int fd)
{
    int error = ETIMEDOUT;
    socklen_t length = sizeof(error);
    int64_t ends_ms = clock_mono_ms() + CONNECT_LIMIT_MS;
    while (clock_mono_ms() < ends_ms && !target_may_go_on(target)) {
        int ready = poll(&(struct pollfd){ fd, POLLOUT, 0 }, 1, LOOK_MS);
        if (ready > 0)
            return !getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) && !error;
        if (ready < 0 && errno != EINTR)
            return false;
    }
    errno = error;
    return false;
}

static int connect_one(struct target *target, const struct addrinfo *address)
{
    int fd = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){ 1 }, sizeof(int));
    if (!connect(fd, address->ai_addr, address->ai_addrlen) || (errno == EINPROGRESS && is_connected(target, fd)))
        return fd;
    close(fd);
    return -1;
}

static enum target_result connect_host(struct target *target, struct sftp *sftp, struct problem *problem)
{
    char port[8];
    struct addrinfo *found, hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV };
    snprintf(port, sizeof(port), "%u", target->conf.port);
    int error = getaddrinfo(target->conf.host, port, &hints, &found);
    if (error)
        return unreached(target, gai_strerror(error), problem);
    for (const struct addrinfo *at = found; at && sftp->fd < 0; at = at->ai_next)
        sftp->fd = connect_one(target, at);
    freeaddrinfo(found);
    return sftp->fd < 0 ? unreached(target, "no connection", problem) : TARGET_DONE;
}

bool sftp_wait(struct target *target)
{
    struct sftp *sftp = target->at;
    int directions = libssh2_session_block_directions(sftp->session);
    struct pollfd socket = { .fd = sftp->fd };
    if (directions & LIBSSH2_SESSION_BLOCK_INBOUND)
        socket.events |= POLLIN;
    if (directions & LIBSSH2_SESSION_BLOCK_OUTBOUND)
        socket.events |= POLLOUT;
    if (poll(&socket, 1, LOOK_MS) > 0)
        sftp->heard_ms = clock_mono_ms();
    return clock_mono_ms() < sftp->heard_ms + QUIET_LIMIT_MS && !target_may_go_on(target);
}

/* The one thing that must be right before anything of ours is shown. */
static enum target_result check_host(struct target *target, struct sftp *sftp, struct problem *problem)
{
    const char *seen = libssh2_hostkey_hash(sftp->session, LIBSSH2_HOSTKEY_HASH_SHA256);
    if (seen && crypto_equal(seen, target->conf.host_key, sizeof(target->conf.host_key)))
        return TARGET_DONE;
    char text[BASE64_BYTES(SHA256_BYTES)] = "none";
    if (seen)
        crypto_base64(seen, SHA256_BYTES, text);
    text[strcspn(text, "=")] = '\0';
    problem_set(problem, "changed", target->conf.name, "%s:%u has the host key SHA256:%s, which is not the one pinned",
        target->conf.host, target->conf.port, text);
    return TARGET_CHANGED;
}

static enum target_result log_in(struct target *target, struct sftp *sftp, struct problem *problem)
{
    const char *user = target->conf.user;
    ssize_t answer = SFTP_ASK(target, libssh2_userauth_publickey_frommemory(sftp->session, user, strlen(user), NULL, 0,
                                          sftp->key, sftp->key_bytes, NULL));
    if (!answer)
        return TARGET_DONE;
    if (answer == LIBSSH2_ERROR_EAGAIN || answer == LIBSSH2_ERROR_SOCKET_SEND || answer == LIBSSH2_ERROR_SOCKET_RECV ||
        answer == LIBSSH2_ERROR_SOCKET_DISCONNECT)
        return unreached(target, "cut while logging in", problem);
    char *why = "";
    libssh2_session_last_error(sftp->session, &why, NULL, 0);
    problem_set(problem, "refused", target->conf.name, "%s does not let %s in with the key %s: %s", target->conf.host,
        user, target->conf.credentials, why);
    return TARGET_REFUSED;
}

static enum target_result begin_sftp(struct target *target, struct sftp *sftp, struct problem *problem)
{
    do
        sftp->sftp = libssh2_sftp_init(sftp->session);
    while (!sftp->sftp && libssh2_session_last_errno(sftp->session) == LIBSSH2_ERROR_EAGAIN && sftp_wait(target));
    return sftp->sftp ? TARGET_DONE : unreached(target, "it begins no SFTP", problem);
}

enum target_result sftp_enter(struct target *target, struct problem *problem)
{
    struct sftp *sftp = target->at;
    if (sftp->sftp && !sftp->broken)
        return TARGET_DONE;
    sftp_hang_up(target);
    enum target_result result = connect_host(target, sftp, problem);
    sftp->heard_ms = clock_mono_ms();
    if (!result && !(sftp->session = libssh2_session_init())) {
        problem_set(problem, "no-memory", "", "no memory");
        result = TARGET_FAILED;
    }
    if (!result) {
        libssh2_session_set_blocking(sftp->session, 0);
        libssh2_session_method_pref(sftp->session, LIBSSH2_METHOD_HOSTKEY, host_keys);
        if (SFTP_ASK(target, libssh2_session_handshake(sftp->session, sftp->fd)))
            result = unreached(target, "no SSH connection comes about", problem);
    }
    if (!result)
        result = check_host(target, sftp, problem);
    if (!result)
        result = log_in(target, sftp, problem);
    if (!result)
        result = begin_sftp(target, sftp, problem);
    if (result)
        sftp_hang_up(target);
    return result;
}

void sftp_break(struct sftp *sftp)
{
    sftp->broken = true;
    shutdown(sftp->fd, SHUT_RDWR);
}

void sftp_hang_up(struct target *target)
{
    struct sftp *sftp = target->at;
    /* Without good-byes: each could block, and the server needs none. */
    sftp_break(sftp);
    if (sftp->sftp)
        libssh2_sftp_shutdown(sftp->sftp);
    if (sftp->session)
        libssh2_session_free(sftp->session);
    if (sftp->fd >= 0)
        close(sftp->fd);
    sftp->sftp = NULL;
    sftp->session = NULL;
    sftp->fd = -1;
    sftp->broken = false;
}
