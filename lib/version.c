/* Apart from program.c, so that a program that is no service can say its version. */
#include "lib/program.h"

const char vedette_version[] = "0.1.0";
