// Bundle the UI: node build.mjs FOLDER. The portal embeds what stands there.
import { build } from "esbuild";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

const LIMIT_BYTES = 60_000; // of script and style, compressed: a first load over a poor line stays around a second

const folder = process.argv[2] ?? "../build/web/dist";
const { outputFiles } = await build({
  entryPoints: { app: "src/main.tsx", style: "src/style.css" },
  outdir: folder,
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  legalComments: "none",
  write: false,
});

await mkdir(folder, { recursive: true });
let total = 0;
for (const file of outputFiles) {
  total += gzipSync(file.contents).length;
  await writeFile(file.path, file.contents);
}
for (const name of ["index.html", "icon.svg"]) await copyFile(`src/${name}`, `${folder}/${name}`);
console.log(`web: ${total} bytes compressed`);
if (total > LIMIT_BYTES) throw new Error(`the bundle has ${total} bytes compressed, more than ${LIMIT_BYTES}`);
