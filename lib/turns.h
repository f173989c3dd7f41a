/* How the kernel shares a busy core between threads. Only waiting times depend on it, never results. */
#ifndef VEDETTE_TURNS_H
#define VEDETTE_TURNS_H

/* Somebody waits whenever the calling thread has work: run it soon, and only briefly (from Linux 6.12 on). */
void turns_soon(void);
/* Nobody waits for the calling thread: from now on it gets a smaller share of a busy core. */
void turns_behind(void);
/* The same with hardly any share: 1.5 % of a core that another thread fills. */
void turns_last(void);

#endif
