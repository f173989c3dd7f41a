#include "services/backup/schema.h"

const char backup_schema[] =
#include "schema.inc"
    ;
