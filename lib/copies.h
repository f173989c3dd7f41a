/* Texts of rows, kept until an answer is made of them, then freed all at once. */
#ifndef VEDETTE_COPIES_H
#define VEDETTE_COPIES_H

struct copy;

struct copies {
    struct copy *all;
};

/* NULL stays NULL. Without memory the process ends, as it does for a database that fails. */
const char *copies_add(struct copies *, const char *text);
void copies_free(struct copies *);

#endif
