#include "agent/carry/ca.h"

#include <stdlib.h>
#include <string.h>

#include "agent/carry/answers.h"
#include "agent/carry/http.h"
#include "lib/certificate.h"
#include "lib/problem.h"

int ca_check(const char *pem, const char *wanted, struct problem *problem)
{
    static const char begin[] = "-----BEGIN";
    char seen[FINGERPRINT_BYTES];
    const char *first = strstr(pem, begin);
    /* Whatever else stood in the text would be trusted along with the one that was checked. */
    if (first && strstr(first + 1, begin))
        return problem_set(problem, "wrong-ca", "ca", "the server shows more than one CA");
    if (certificate_fingerprint(pem, seen, problem))
        return -1;
    if (strcmp(seen, wanted))
        return problem_set(problem, "wrong-ca", "ca",
            "the server shows the CA %s, not the one of --ca: the wrong server, or somebody between", seen);
    return 0;
}

int ca_fetch(const char *server, const char *wanted, char **ret_pem, struct problem *problem)
{
    struct answer answer = { 0 };
    struct session *session = session_open(server, NULL, problem);
    int error = !session || session_ask(session, "/v1/ca", NULL, NULL, &answer, problem);
    session_close(session);
    if (error)
        return -1;
    if (answer.status != 200)
        error = answer_refused(&answer, problem);
    else if (!answer.body.length || strlen(answer.body.data) != answer.body.length)
        error = problem_set(problem, "wrong-ca", "ca", "the server's CA is no text");
    else
        error = ca_check(answer.body.data, wanted, problem);
    if (!error)
        *ret_pem = strdup(answer.body.data);
    answer_free(&answer);
    return error ? -1 : *ret_pem ? 0 : problem_set(problem, "no-memory", "", "no memory");
}
