// A receiver of webhooks: HTTPS with a certificate of a CA of its own, made by openssl.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { join } from "node:path";

export class Receiver {
  /** folder: an empty place for its keys. */
  static async start(folder) {
    const one = new Receiver();
    const openssl = (...words) => execFileSync("openssl", words, { cwd: folder, stdio: "ignore" });
    const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
    openssl("req", "-x509", ...key, "-keyout", "receiver.key", "-out", "receiver.pem", "-days", "2", "-subj", "/CN=127.0.0.1",
      "-addext", "subjectAltName=IP:127.0.0.1");
    one.pem = readFileSync(join(folder, "receiver.pem"), "utf8");
    one.status = 204; // that it answers
    one.events = [];
    one.server = createServer({ key: readFileSync(join(folder, "receiver.key")), cert: one.pem }, (request, response) => {
      let body = "";
      request.on("data", (data) => (body += data));
      request.on("end", () => {
        if (one.status < 300) one.events.push(JSON.parse(body));
        response.writeHead(one.status).end();
      });
    });
    await new Promise((resolve) => one.server.listen(0, "127.0.0.1", resolve));
    one.url = `https://127.0.0.1:${one.server.address().port}/events`;
    return one;
  }

  close() {
    this.server.closeAllConnections();
    this.server.close();
  }
}
