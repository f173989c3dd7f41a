#include "lib/signed/successors.h"

void successors_add(struct successors *successors, const struct document *document)
{
    const struct document_succession *succession = &document->body.succession;
    if (document->body.head.kind == DOCUMENT_KIND_SUCCESSION && succession->class == CLASS_OPS &&
        successors->n < SUCCESSORS_MAX && !tlog_vkey_parse(succession->vkey, &successors->keys[successors->n], NULL))
        successors->n++;
}
