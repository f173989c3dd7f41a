#include "services/scheduler/schema.h"

const char scheduler_schema[] =
#include "schema.inc"
    ;
