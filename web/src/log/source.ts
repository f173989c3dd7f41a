/** The files of one class of the log, as the portal serves them below /log/. */
import type { Source } from "./proof/tiles";

const DEADLINE_MS = 20_000;

async function get(path: string): Promise<Response | null> {
  let response;
  try {
    response = await fetch(path, { signal: AbortSignal.timeout(DEADLINE_MS) });
  } catch {
    throw new Error("the portal does not answer");
  }
  if (response.status === 404) return null;
  if (response.ok) return response;
  const said = await response.json().catch(() => ({}));
  throw new Error(`${path}: ${said.reason ?? response.status}`);
}

export function portalSource(log: string): Source {
  const at = (name: string) => `/log/${encodeURIComponent(log)}/${name}`;
  return {
    text: async (name) => (await get(at(name)))?.text() ?? null,
    bytes: async (path) => {
      const response = await get(at(path));
      return response && new Uint8Array(await response.arrayBuffer());
    },
  };
}
