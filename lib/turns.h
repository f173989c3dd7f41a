/* A thread's turns on a core, where many want one. Nothing depends on them but who waits for how long. */
#ifndef VEDETTE_TURNS_H
#define VEDETTE_TURNS_H

/* For the calling thread, somebody waits whenever it has work: its turn comes soon, and is short (Linux 6.12 on). */
void turns_soon(void);
/* Nobody waits for the calling thread: it takes a smaller share where there is not enough for all, to its end. */
void turns_behind(void);
/* As turns_behind, and hardly any share: 1.5 % of a core that another thread fills. */
void turns_last(void);

#endif
