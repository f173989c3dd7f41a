/*
 * Structured log on standard error: one JSON object a line, {time, level, service, event, fields…}.
 *
 *     log_info("beat.listening", LOG_TEXT("address", address), LOG_INT("buffer_bytes", granted));
 *
 * Programs log; libraries return problems. Never pass a secret. Thread-safe: a line is one write.
 */
#ifndef VEDETTE_LOG_H
#define VEDETTE_LOG_H

#include <stdint.h>

struct problem;

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct log_field {
    const char *name;
    const char *text;       /* NULL: the number counts */
    int64_t number;
};

#define LOG_TEXT(name, value) { (name), (value), 0 }
#define LOG_INT(name, value) { (name), 0, (int64_t)(value) }

#define log_debug(event, ...)                                                                                          \
    log_write(LOG_LEVEL_DEBUG, event, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })
#define log_info(event, ...)                                                                                           \
    log_write(LOG_LEVEL_INFO, event, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })
#define log_warning(event, ...)                                                                                        \
    log_write(LOG_LEVEL_WARNING, event, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })
#define log_error(event, ...)                                                                                          \
    log_write(LOG_LEVEL_ERROR, event, (const struct log_field[]){ __VA_ARGS__ __VA_OPT__(, ){ 0 } })

void log_open(const char *service, enum log_level least);
void log_write(enum log_level, const char *event, const struct log_field *fields);
/* One line for a problem, with its code, field and reason. */
void log_problem(enum log_level, const char *event, const struct problem *);
/* A process's last: it ends with status 1 at once, as after a kill. Not by exit(), which frees what other threads use. */
void log_last(const char *event, const struct problem *) __attribute__((noreturn));

#endif
