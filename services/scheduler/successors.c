#include "services/scheduler/successors.h"

#include <string.h>

#include "lib/signed/document.h"
#include "services/scheduler/documents.h"

struct finding {
    struct records *records;
    struct tlog_vkey *keys;
    size_t n;
};

static void add_key(const struct document *document, struct finding *finding)
{
    const struct document_succession *succession = &document->body.succession;
    if (succession->class == CLASS_OPS && !tlog_vkey_parse(succession->vkey, &finding->keys[finding->n], NULL))
        finding->n++;
}

static void add(void *arg, const struct paper *paper)
{
    struct finding *finding = arg;
    struct paper_texts texts;
    struct dsse dsse;
    struct document document;
    documents_texts(finding->records, paper->number, &texts);
    bool parsed = !dsse_parse(texts.dsse, strlen(texts.dsse), &dsse, NULL);
    if (parsed && !document_parse(&dsse, &document, NULL)) {
        add_key(&document, finding);
        document_free(&document);
    }
    if (parsed)
        dsse_free(&dsse);
    documents_texts_free(&texts);
}

size_t successors_find(struct records *records, struct tlog_vkey ret[SUCCESSORS_MAX])
{
    struct finding finding = { .records = records, .keys = ret };
    documents_each(records, NULL, DOCUMENT_KIND_SUCCESSION, DOCUMENT_STATE_LOGGED, SUCCESSORS_MAX, add, &finding);
    return finding.n;
}
