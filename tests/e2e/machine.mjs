// An agent of this machine that was enrolled by the trust file's hash, in a folder of its own.
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ROOT } from "./deployment.mjs";

export class Machine {
  /** words: of `vedette-agent run`, besides the usual ones. */
  static async start(vedette, name, trust, words = () => []) {
    const one = new Machine();
    one.folder = mkdtempSync(join(tmpdir(), "v-machine-"));
    chmodSync(one.folder, 0o755);
    writeFileSync(one.at("policy.conf"), "users = * root\nscripts = on\n", { mode: 0o644 });
    const { token } = await vedette.cli("token", "create", "--tenant", "acme", "--site", "oslo");
    writeFileSync(one.at("token"), token, { mode: 0o600 });
    const places = ["--state", one.at("state"), "--policy", one.at("policy.conf")];
    const agent = join(ROOT, "build/vedette-agent");
    const server = `https://localhost:${vedette.ready.ports.envelopes}`;
    execFileSync(agent, ["enrol", "--server", server, "--token-file", one.at("token"), "--trust", trust,
      "--tenant", "acme", "--site", "oslo", "--name", name, ...places], { stdio: "pipe" });
    one.agent = spawn(agent, ["run", ...places, ...words(one)], { stdio: "ignore", detached: true });
    return one;
  }

  at(file) {
    return join(this.folder, file);
  }

  close() {
    process.kill(-this.agent.pid, "SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
