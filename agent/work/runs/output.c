#include "agent/work/runs/output.h"

#include <stdlib.h>
#include <unistd.h>

#include "agent/work/work.h"
#include "lib/loop.h"

#define PART_BYTES (128 << 10) /* in one envelope: two thirds of what `data` may have */
#define WAIT_US 300000         /* what is written within this time goes together: an envelope costs 1 ms */
#define READ_BYTES 65536
#define READS_A_TURN 4

static void send_all(struct run_output *output)
{
    if (!output->unsent.length)
        return;
    char *data = malloc(BASE64_BYTES(output->unsent.length));
    if (data) {
        crypto_base64(output->unsent.data, output->unsent.length, data);
        struct envelope_output message = { .document = held_head(output->held)->document,
            .occurrence = (uint64_t)output->occurrence,
            .offset = output->bytes - output->unsent.length,
            .data = data };
        if (telling_send(output->work, ENVELOPE_OUTPUT, &message))
            output->cut = true;
    }
    free(data);
    buf_clear(&output->unsent);
}

static void flush_due(void *arg)
{
    struct run_output *output = arg;
    output->flush_is_set = false;
    send_all(output);
}

void run_output_keep(struct run_output *output, const char *bytes, size_t count)
{
    uint64_t room = output->limit_bytes - output->bytes;
    if (count > room) {
        count = (size_t)room;
        output->cut = true;
    }
    if (!count || buf_append(&output->unsent, bytes, count))
        return;
    output->bytes += count;
    if (output->unsent.length >= PART_BYTES) {
        send_all(output);
    } else if (!output->flush_is_set) {
        loop_timer_set(output->flush, WAIT_US);
        output->flush_is_set = true;
    }
}

int run_output_open(struct run_output *output)
{
    output->unsent.limit_bytes = PART_BYTES + READ_BYTES;
    output->flush = loop_timer(output->work->loop, flush_due, output);
    return output->flush ? 0 : -1;
}

void run_output_close(struct run_output *output)
{
    loop_timer_free(output->flush);
    buf_free(&output->unsent);
}

void run_output_read(struct run_output *output, int fd, bool all)
{
    char part[READ_BYTES];
    ssize_t count;
    for (int i = 0; (all || i < READS_A_TURN) && (count = read(fd, part, sizeof(part))) > 0; i++)
        run_output_keep(output, part, (size_t)count);
}

size_t run_output_rest(struct run_output *output, char ret[BASE64_BYTES(RUN_OUTPUT_REST_BYTES)])
{
    if (output->unsent.length > RUN_OUTPUT_REST_BYTES)
        send_all(output);
    if (output->unsent.length)
        crypto_base64(output->unsent.data, output->unsent.length, ret);
    return output->unsent.length;
}
