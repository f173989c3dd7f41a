/* The way of a request: route → who → may they → what exactly → the call → the answer. */
#ifndef VEDETTE_PORTAL_API_H
#define VEDETTE_PORTAL_API_H

struct http_request;

/* http_options.take; arg is the portal. */
void api_take(void *portal, struct http_request *);

#endif
