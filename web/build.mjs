// Bundle the pages: node build.mjs FOLDER. FOLDER/dist is the portal's UI, FOLDER/sign the page of `vedette sign`,
// FOLDER/browse that of `vedette backup browse`; each program embeds what stands in its own.
import { build } from "esbuild";
import { copyFile, mkdir, rm, writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";

// Compressed: a first load over a poor line stays around a second; what is fetched when it is first wanted comes on top.
const PAGES = [
  { name: "dist", entryPoints: { app: "src/main.tsx", style: "src/style.css" }, index: "src/index.html", first_bytes: 62_000, later_bytes: 80_000 },
  { name: "browse", entryPoints: { app: "src/browse/main.tsx", style: "src/browse/browse.css" }, index: "src/browse/index.html", first_bytes: 30_000, later_bytes: 0 },
  { name: "sign", entryPoints: { app: "src/sign/main.tsx", style: "src/sign/sign.css" }, index: "src/sign/index.html", first_bytes: 20_000, later_bytes: 0 },
];

/** The files that a page needs at once: its entries, and what they import. */
function first(outputs) {
  const found = new Set();
  const add = (path) => {
    if (found.has(path)) return;
    found.add(path);
    for (const one of outputs[path].imports) if (one.kind === "import-statement") add(one.path);
  };
  for (const [path, output] of Object.entries(outputs)) if (output.entryPoint && /(main\.tsx|\.css)$/.test(output.entryPoint)) add(path);
  return found;
}

async function bundle(folder, { name, entryPoints, index, first_bytes, later_bytes }) {
  const { outputFiles, metafile } = await build({
    entryPoints,
    outdir: folder,
    chunkNames: "[name]-[hash]",
    bundle: true,
    splitting: true,
    minify: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    metafile: true,
    write: false,
  });
  await rm(folder, { recursive: true, force: true }); // chunks of other builds
  await mkdir(folder, { recursive: true });
  const atOnce = [...first(metafile.outputs)].map((path) => resolve(path));
  const bytes = { first: 0, later: 0 };
  for (const file of outputFiles) {
    bytes[atOnce.includes(file.path) ? "first" : "later"] += gzipSync(file.contents).length;
    await writeFile(file.path, file.contents);
  }
  await copyFile(index, `${folder}/index.html`);
  await copyFile("src/icon.svg", `${folder}/icon.svg`);
  console.log(`web: ${name}: ${bytes.first} bytes compressed at once, ${bytes.later} later`);
  if (bytes.first > first_bytes || bytes.later > later_bytes) throw new Error(`more than ${first_bytes} at once and ${later_bytes} later`);
}

for (const page of PAGES) await bundle(`${process.argv[2] ?? "../build/web"}/${page.name}`, page);
