"""Make a C file that embeds a folder: python3 embed.py FOLDER NAME OUT.c

It defines `const struct http_assets NAME`. Each file stands in it as it is and compressed, by .incbin, with its path,
media type and SHA-256.
"""
import gzip
import hashlib
import pathlib
import re
import sys

TYPES = {".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8",
         ".svg": "image/svg+xml", ".json": "application/json", ".webmanifest": "application/manifest+json",
         ".png": "image/png", ".woff2": "font/woff2", ".txt": "text/plain; charset=utf-8"}


def incbin(symbol, path):
    return (f'__asm__(".section .rodata\\n.balign 16\\n{symbol}:\\n.incbin \\"{path}\\"\\n{symbol}_end:\\n'
            f'.byte 0\\n.previous");\nextern const unsigned char {symbol}[], {symbol}_end[];\n')


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    folder, out = (pathlib.Path(word).resolve() for word in (sys.argv[1], sys.argv[3]))
    packed = out.parent / f"packed-{sys.argv[2]}"
    packed.mkdir(parents=True, exist_ok=True)
    symbols, rows = "", ""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    for number, path in enumerate(files):
        data = path.read_bytes()
        compressed = packed / f"{number}.gz"
        compressed.write_bytes(gzip.compress(data, 9, mtime=0))
        symbols += incbin(f"asset_{number}", path) + incbin(f"asset_{number}_gz", compressed)
        name = path.relative_to(folder).as_posix()
        hashed = "true" if re.search(r"-[0-9A-Z]{8}\.\w+$", name) else "false"
        rows += (f'    {{ "/{name}", "{TYPES[path.suffix]}", "\\"{hashlib.sha256(data).hexdigest()[:32]}\\"", {hashed},\n'
                 f"      asset_{number}, asset_{number}_end, asset_{number}_gz, asset_{number}_gz_end }},\n")
    out.write_text(f'/* Made by web/embed.py. */\n#include "lib/http/asset.h"\n\n{symbols}\n'
                   f"static const struct http_asset list[] = {{\n{rows}}};\n"
                   f"extern const struct http_assets {sys.argv[2]};\n"
                   f"const struct http_assets {sys.argv[2]} = {{ list, sizeof(list) / sizeof(list[0]) }};\n")


main()
