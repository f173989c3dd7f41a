#include "services/alert/schema.h"

const char alert_schema[] =
#include "schema.inc"
    ;
