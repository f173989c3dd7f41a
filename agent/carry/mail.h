#ifndef VEDETTE_AGENT_CARRY_MAIL_H
#define VEDETTE_AGENT_CARRY_MAIL_H

struct options;

/* One delivery; its outcome goes to standard output as agent/outcome.h says. Exit status: 0 delivered, 1 not. */
int carry_mail(const struct options *, char **argv);

#endif
