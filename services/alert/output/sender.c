#include "services/alert/output/sender.h"

#include <stdarg.h>
#include <stdio.h>

const struct sender_kind *sender_kind_of(const struct output *output)
{
    return output->kind == OUTPUT_KIND_WEBHOOK ? &webhook_sender : &syslog_sender;
}

int sender_failed(struct failure *failure, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    *failure = (struct failure){ 0 };
    vsnprintf(failure->reason, sizeof(failure->reason), format, arguments);
    va_end(arguments);
    return -1;
}
