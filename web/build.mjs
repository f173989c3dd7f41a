// Bundle the pages: node build.mjs FOLDER. FOLDER/dist is the portal's UI, FOLDER/sign the page of `vedette sign`; each
// program embeds what stands in its own.
import { build } from "esbuild";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { gzipSync } from "node:zlib";

// Of script and style, compressed: a first load over a poor line stays around a second.
const PAGES = [
  { name: "dist", entryPoints: { app: "src/main.tsx", style: "src/style.css" }, index: "src/index.html", limit_bytes: 60_000 },
  { name: "sign", entryPoints: { app: "src/sign/main.tsx", style: "src/sign/sign.css" }, index: "src/sign/index.html", limit_bytes: 20_000 },
];

async function bundle(folder, { name, entryPoints, index, limit_bytes }) {
  const { outputFiles } = await build({
    entryPoints,
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
  await copyFile(index, `${folder}/index.html`);
  await copyFile("src/icon.svg", `${folder}/icon.svg`);
  console.log(`web: ${name}: ${total} bytes compressed`);
  if (total > limit_bytes) throw new Error(`${name} has ${total} bytes compressed, more than ${limit_bytes}`);
}

for (const page of PAGES) await bundle(`${process.argv[2] ?? "../build/web"}/${page.name}`, page);
