#include "agent/inventory.h"
#include "agent/machine.h"
#include "agent/state.h"
#include "contract.h"
#include "lib/message/message.h"
#include "lib/problem.h"
#include "tests/unit/agent/place.h"

/* What the agent collects is what the contract lets through. */
static void test_inventory_fits_the_contract(void **state)
{
    (void)state;
    char nonce[65];
    memset(nonce, 'a', 64);
    nonce[64] = '\0';
    json_t *inventory = inventory_collect();
    assert_non_null(inventory);
    json_t *mail = json_pack("{s:i, s:s, s:s, s:O}", "agent", 1, "instance", "00112233445566778899aabbccddeeff",
        "nonce", nonce, "inventory", inventory);
    struct call_agent_mail decoded;
    struct problem problem;
    if (message_decode(&call_agent_mail_shape, mail, &decoded, &problem))
        fail_msg("%s", problem.reason);
    assert_true(json_integer_value(json_object_get(inventory, "cpus")) > 0);
    assert_true(json_integer_value(json_object_get(inventory, "memory_bytes")) > 1 << 20);
    json_decref(mail);
    json_decref(inventory);
}

static void test_spooled_until_accepted(void **state)
{
    (void)state;
    bool spooled = false;
    assert_int_equal(inventory_spool(false, &spooled, NULL), 0);
    assert_true(spooled && state_has(SPOOLED_INVENTORY_FILE));
    /* Not yet accepted: it still waits. */
    assert_int_equal(inventory_spool(false, &spooled, NULL), 0);
    assert_true(spooled);
    /* As vedette-agent-carry does when the server took it. */
    assert_int_equal(rename(SPOOLED_INVENTORY_FILE, INVENTORY_FILE), 0);
    assert_int_equal(inventory_spool(false, &spooled, NULL), 0);
    assert_false(spooled || state_has(SPOOLED_INVENTORY_FILE));
    /* A start reports anyway. */
    assert_int_equal(inventory_spool(true, &spooled, NULL), 0);
    assert_true(spooled && state_has(SPOOLED_INVENTORY_FILE));
    /* What is spooled without need goes again. */
    assert_int_equal(inventory_spool(false, &spooled, NULL), 0);
    assert_false(spooled || state_has(SPOOLED_INVENTORY_FILE));
    put(INVENTORY_FILE, "{\"cpus\":0}", 0600);
    assert_int_equal(inventory_spool(false, &spooled, NULL), 0);
    assert_true(spooled);
    inventory_unspool();
    assert_false(state_has(SPOOLED_INVENTORY_FILE));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_place(test_inventory_fits_the_contract),
        in_place(test_spooled_until_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
