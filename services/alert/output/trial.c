#include "services/alert/output/trial.h"

#include <inttypes.h>

#include "lib/buf.h"
#include "lib/clock.h"
#include "services/alert/output/direct.h"

int trial_start(struct loop *loop, const struct output *output, const char *host, output_tested *tested, void *arg,
    struct problem *problem)
{
    struct buf json = { 0 };
    char time[RFC3339_BYTES];
    int64_t now_ms = clock_wall_ms();
    clock_rfc3339(time, now_ms);
    buf_format(&json,
        "{\"specversion\":\"1.0\",\"id\":\"test-%" PRId64 "\",\"source\":\"/vedette/alert\",\"type\":"
        "\"vedette.output.test.v1\",\"subject\":\"output/%s\",\"time\":\"%s\",\"sev\":4,\"data\":{\"class_uid\":0,"
        "\"category_uid\":0,\"activity_id\":99,\"type_uid\":99,\"activity_name\":\"test\",\"severity_id\":2,\"time\":%" PRId64
        ",\"metadata\":{\"version\":\"1.1.0\",\"product\":{\"name\":\"Vedette\",\"vendor_name\":\"Vedette\"}}}}",
        now_ms, output->name, time, now_ms);
    int error = direct_send(loop, output, host, &json, tested, arg, problem);
    buf_free(&json);
    return error;
}
