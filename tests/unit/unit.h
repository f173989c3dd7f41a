/* What every unit test begins with: cmocka and the headers it needs before it. */
#ifndef VEDETTE_UNIT_H
#define VEDETTE_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#endif
