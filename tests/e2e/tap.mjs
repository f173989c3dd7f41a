// Tests of one file run in order and share what they build up; the result is TAP.
const tests = [];

export function test(what, run) {
  tests.push([what, run]);
}

/** Run them all with what setUp() gives {vedette, browser, close(), …}, then clean up; a process exit status follows. */
export async function main(setUp) {
  let number = 0;
  let failed = 0;
  let given;
  const report = (good, what, detail) => {
    number++;
    failed += !good;
    console.log(`${good ? "ok" : "not ok"} ${number} - ${what}`);
    if (detail) console.log(String(detail).replace(/^/gm, "# "));
  };
  const stop = async () => {
    await given?.close();
  };
  process.on("SIGTERM", () => void stop().finally(() => process.exit(1)));
  try {
    given = await setUp();
    for (const [what, run] of tests) {
      const began = performance.now();
      try {
        await run(given);
        report(true, `${what} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      } catch (problem) {
        await given.browser?.pictures(`failed-${number + 1}`);
        report(false, what, problem.stack);
      }
    }
    if (failed) console.log([...(given.browser?.complaints ?? []), given.vedette?.logs()].join("\n").replace(/^/gm, "# "));
  } catch (problem) {
    report(false, "set up", problem.stack);
  }
  try {
    await stop();
  } catch (problem) {
    report(false, "clean up", problem.stack);
  }
  console.log(`1..${number}`);
  process.exit(failed ? 1 : 0);
}

/** Until condition() gives something true; what it threw last is the reason when time runs out. */
export async function until(what, condition, limit_ms = 20_000) {
  const deadline = performance.now() + limit_ms;
  for (let trouble = "not so"; ; ) {
    try {
      const found = await condition();
      if (found) return found;
    } catch (problem) {
      trouble = problem.message;
    }
    if (performance.now() > deadline) throw new Error(`waited ${limit_ms / 1000} s for ${what}: ${trouble}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
