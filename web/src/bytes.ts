/** Bytes, and how they are written. */
export type Bytes = Uint8Array<ArrayBuffer>;

const CHUNK = 32_768; // arguments that one call may have

export function toHex(bytes: Bytes): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function toBase64(bytes: Bytes): string {
  let text = "";
  for (let at = 0; at < bytes.length; at += CHUNK) text += String.fromCharCode(...bytes.subarray(at, at + CHUNK));
  return btoa(text);
}

/** base64url without padding, as WebAuthn has it. */
export function toBase64Url(bytes: Bytes): string {
  return toBase64(bytes).replace(/[+]/g, "-").replace(/[/]/g, "_").replace(/=+$/, "");
}

export function fromBase64(text: string): Bytes {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
