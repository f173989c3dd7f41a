#include "lib/target/target.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "lib/crypto.h"
#include "lib/problem.h"
#include "lib/target/transport.h"

#define LOOK_MS 100 /* how often a pause asks whether to go on */

const char *target_result_word(enum target_result result)
{
    static const char *const words[] = { "done", "exists", "broken", "absent", "refused", "unreached", "full",
        "changed", "stopped", "failed" };
    return words[result];
}

struct target *target_open(const struct target_conf *conf, const struct target_manner *manner, struct problem *problem)
{
    static const struct transport *const transports[] = {
        [TARGET_DIRECTORY] = &transport_directory, [TARGET_SFTP] = &transport_sftp, [TARGET_S3] = &transport_s3
    };
    struct target *target = calloc(1, sizeof(*target));
    if (!target) {
        problem_set(problem, "no-memory", "", "no memory");
        return NULL;
    }
    target->transport = transports[conf->kind];
    target->conf = *conf;
    target->manner = *manner;
    target->pace.bytes_per_s = manner->bytes_per_s;
    if (!target->manner.deadline_ms)
        target->manner.deadline_ms = TARGET_DEADLINE_MS;
    if (target->transport->open(target, problem)) {
        free(target);
        return NULL;
    }
    return target;
}

void target_close(struct target *target)
{
    if (!target)
        return;
    target->transport->close(target);
    free(target);
}

enum target_result target_may_go_on(const struct target *target)
{
    if (target->manner.stopped && target->manner.stopped(target->manner.arg))
        return TARGET_STOPPED;
    return clock_mono_ms() < target->ends_ms ? TARGET_DONE : TARGET_UNREACHED;
}

enum target_result target_heard(struct target *target)
{
    enum target_result result = target_may_go_on(target);
    target->ends_ms = clock_mono_ms() + target->manner.deadline_ms;
    return result;
}

static enum target_result pause_for(const struct target *target, int64_t wait_ms)
{
    enum target_result result = TARGET_DONE;
    for (; wait_ms > 0 && !result; wait_ms -= LOOK_MS) {
        int64_t part_ms = wait_ms < LOOK_MS ? wait_ms : LOOK_MS;
        nanosleep(&(struct timespec){ .tv_nsec = part_ms * 1000000 }, NULL);
        result = target_may_go_on(target);
    }
    return result;
}

enum target_result target_moved(struct target *target, uint64_t bytes)
{
    if (target->manner.progress)
        target->manner.progress(target->manner.arg, bytes);
    enum target_result result = target_may_go_on(target);
    return result ? result : pause_for(target, pace_wait_ms(&target->pace, bytes, clock_mono_ms()));
}

/* The problem of the last attempt is the one that people are told, unless somebody stopped it. */
static enum target_result ended(enum target_result result, struct problem *problem)
{
    if (result == TARGET_STOPPED)
        problem_set(problem, "stopped", "", "stopped before it was done");
    return result;
}

enum target_result tries(struct target *target, target_attempt attempt, void *arg, struct problem *problem)
{
    target->ends_ms = clock_mono_ms() + target->manner.deadline_ms;
    /* Unless an attempt knows better. */
    problem_set(problem, "unreached", target->conf.name, "no whole answer within %lld s",
        (long long)target->manner.deadline_ms / 1000);
    for (unsigned n = 0;; n++) {
        enum target_result result = target_may_go_on(target);
        if (!result)
            result = attempt(target, arg, problem);
        if (result != TARGET_UNREACHED)
            return ended(result, problem);
        target->transport->hang_up(target);
        uint32_t random;
        crypto_random(&random, sizeof(random));
        result = pause_for(target, pace_again_ms(n, random));
        if (result)
            return ended(result, problem);
    }
}

size_t cargo_read(const struct cargo *cargo, size_t from, void *ret, size_t room)
{
    size_t count = 0;
    for (size_t i = 0; i < cargo->n_parts && count < room; i++) {
        size_t length = cargo->parts[i].iov_len;
        if (from >= length) {
            from -= length;
            continue;
        }
        size_t part = length - from < room - count ? length - from : room - count;
        memcpy((char *)ret + count, (const char *)cargo->parts[i].iov_base + from, part);
        count += part;
        from = 0;
    }
    return count;
}

void *fetching_room(const struct fetching *fetching, size_t bytes)
{
    return fetching->sink ? NULL : buf_reserve(fetching->whole, bytes);
}

static int keep(struct buf *whole, const void *data, size_t bytes)
{
    if (data != whole->data + whole->length)
        return buf_append(whole, data, bytes);
    whole->length += bytes;
    whole->data[whole->length] = '\0';
    return 0;
}

enum target_result fetching_give(struct target *target, struct fetching *fetching, const void *data, size_t bytes)
{
    if (bytes > fetching->left)
        bytes = fetching->left;
    if (bytes && (fetching->sink ? fetching->sink(fetching->arg, data, bytes) : keep(fetching->whole, data, bytes)))
        return TARGET_STOPPED;
    fetching->from += bytes;
    fetching->left -= bytes;
    return target_moved(target, bytes);
}
