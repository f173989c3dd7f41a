/** A receipt (c2sp.org/tlog-proof@v1): `vedette log verify --receipt` and others check it without the server. */
import { toBase64, type Bytes } from "../../bytes";

export function receipt(index: number, proof: Bytes[], checkpoint: string): string {
  return ["c2sp.org/tlog-proof@v1", `index ${index}`, ...proof.map(toBase64), "", checkpoint].join("\n");
}
