/*
 * What programs under the sanitizers keep to, those too that are executed with an environment of their own. Leaks are
 * the fuzzers' to find: what a service keeps, it keeps until its end, and confined it cannot be searched then.
 * Preloaded libraries (another clock, a failing disk) come before the sanitizer's, and tests look at memory, or ask for
 * more than there is.
 */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0:verify_asan_link_order=0:quarantine_size_mb=8:allocator_may_return_null=1";
}
