#include <errno.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "agent/watch/look/looks.h"

void look_found(struct sample *ret, enum level level, const char *format, ...)
{
    va_list arguments;
    *ret = (struct sample){ .level = level };
    va_start(arguments, format);
    vsnprintf(ret->reason, sizeof(ret->reason), format, arguments);
    va_end(arguments);
}

/* NULL and *ret filled in. A name that is not there is down; a resolver that does not answer tells nothing of the host. */
static struct addrinfo *resolve(const char *host, const char *port, struct sample *ret)
{
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG };
    struct addrinfo *all = NULL;
    int error = getaddrinfo(host, port, &hints, &all);
    if (error)
        look_found(ret, error == EAI_NONAME ? LEVEL_CRITICAL : LEVEL_UNKNOWN, "%.100s: %s", host, gai_strerror(error));
    return error ? NULL : all;
}

void look_address(char **words, struct sample *ret)
{
    char text[NI_MAXHOST];
    struct addrinfo *all = resolve(words[0], NULL, ret);
    if (!all)
        return;
    if (getnameinfo(all->ai_addr, all->ai_addrlen, text, sizeof(text), NULL, 0, NI_NUMERICHOST))
        look_found(ret, LEVEL_UNKNOWN, "its address cannot be written");
    else
        look_found(ret, LEVEL_OK, "%.63s", text);
    freeaddrinfo(all);
}

int look_connect(const char *host, const char *port, struct sample *ret)
{
    struct addrinfo *all = resolve(host, port, ret);
    int fd = -1, error = 0;
    for (const struct addrinfo *one = all; one && fd < 0; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype | SOCK_CLOEXEC, one->ai_protocol);
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen)) {
            error = errno;
            close(fd);
            fd = -1;
        }
    }
    if (!all)
        return -1;
    if (fd < 0)
        look_found(ret, LEVEL_CRITICAL, "%s", strerror(error));
    freeaddrinfo(all);
    return fd;
}
