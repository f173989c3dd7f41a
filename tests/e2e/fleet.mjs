// Simulated agents of one tenant's site, which can be told to fall silent. The deployment must allow bulk registration.
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { ROOT } from "./deployment.mjs";

export const BULK = "ingest.bulk_register=on";

export class Fleet {
  /** beats_port: where to beat to; the deployment's own unless somebody listens in between. */
  static async start(vedette, tenant, site, count, beats_port = vedette.ready.ports.beats) {
    const one = new Fleet();
    const given = await vedette.cli("fleet", "register", "--count", String(count), "--tenant", tenant, "--site", site);
    const file = join(vedette.state, `fleet-${given.first}.json`);
    writeFileSync(file, JSON.stringify(given), { mode: 0o600 });
    one.first = given.first;
    one.count = given.count;
    const argv = ["--register", file, "--server", `127.0.0.1:${beats_port}`];
    one.process = spawn(join(ROOT, "build/vedette-fleet"), argv, { stdio: ["pipe", "ignore", "inherit"] });
    one.ended = new Promise((resolve) => one.process.once("exit", resolve));
    return one;
  }

  /** These of its agents stop beating, or beat again. */
  silence(first = this.first, count = this.count) {
    this.process.stdin.write(`kill ${first} ${count}\n`);
  }

  revive(first = this.first, count = this.count) {
    this.process.stdin.write(`revive ${first} ${count}\n`);
  }

  async close() {
    this.process.kill("SIGKILL");
    await this.ended;
  }
}
