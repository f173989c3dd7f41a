/* Redis's protocol, as it comes from the socket, to replies. The only user of hiredis. */
#ifndef VEDETTE_STORE_REPLY_H
#define VEDETTE_STORE_REPLY_H

#include "lib/store.h"

struct replies;

struct replies *replies_new(void); /* NULL: no memory */
void replies_free(struct replies *);
/* Bytes as they came. -1: no memory. */
int replies_feed(struct replies *, const void *bytes, size_t n);
/* The next whole reply, which the caller frees; *ret NULL: more must come first. -1: that is not Redis's protocol, or
 * longer than a reply may be. */
int replies_next(struct replies *, struct store_reply **ret);
/* Something came behind the last whole reply. */
bool replies_rest(const struct replies *);
void store_reply_free(struct store_reply *);

#endif
