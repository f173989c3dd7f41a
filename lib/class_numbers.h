/* A number for each class of the log, or for some of them, as one text: "ops=2557 access=90 fleet=366 alert=731". */
#ifndef VEDETTE_CLASS_NUMBERS_H
#define VEDETTE_CLASS_NUMBERS_H

#include "contract.h"

#define CLASS_NUMBERS_BYTES 128 /* four classes with 20 digits each, and NUL */

#define CLASS_NUMBERS_ALL ((1u << CLASS_COUNT) - 1)

/* Those of `classes`, a bit each; "" if there are none. */
void class_numbers_format(const uint64_t numbers[CLASS_COUNT], unsigned classes, char ret[CLASS_NUMBERS_BYTES]);
/* All of them, in that order; -1: it is no such text. */
int class_numbers_parse(const char *text, uint64_t ret[CLASS_COUNT]);

#endif
