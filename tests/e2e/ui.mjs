// Pure modules of the UI, bundled for node.
import { createRequire } from "node:module";
import { join } from "node:path";

import { ROOT } from "./deployment.mjs";

const require = createRequire(join(ROOT, "web/package.json"));

/** Everything that these modules of web/src export, as one module. */
export async function bundled(...names) {
  const { outputFiles } = await require("esbuild").build({
    stdin: { contents: names.map((name) => `export * from "./${name}";`).join("\n"), resolveDir: join(ROOT, "web/src"), loader: "ts" },
    absWorkingDir: join(ROOT, "web"),
    bundle: true,
    format: "esm",
    write: false,
  });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
