#ifndef VEDETTE_AGENT_CARRY_ROUND_H
#define VEDETTE_AGENT_CARRY_ROUND_H

struct options;

/* `mail`: rounds, as agent/carrier.h has it; what became of each goes to standard output. Exit status: 0 delivered, 1
 * not. */
int carry_mail(const struct options *, char **argv);

#endif
