/** What this page and the `vedette sign` that serves it say to each other. The address holds the token that admits it. */

/** A document to be signed. */
export interface ToSign {
  for: "sign";
  kind: string;
  payload: string; // base64
  document_sha256: string; // as the program computed it; this page computes its own
  before?: string; // payload of the version that this machine saw signed before
  runs: string[]; // next times of a recurring task
  signed: string; // people whose signatures stand already
  missing: number; // signatures that it still needs
}

/** A passkey to be made. */
export interface ToRegister {
  for: "register";
  name: string; // the person's
  challenge: string; // base64: signed once, as a test
}

export type Work = ToSign | ToRegister;

/** As it stands in a signature: base64url without padding. */
export interface Assertion {
  authenticatorData: string;
  clientDataJSON: string;
  signature: string;
}

async function ask<T>(path: string, body?: object): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, body && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  } catch {
    throw new Error("vedette sign does not answer: it has ended. Start it again in the terminal.");
  }
  const said = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(said.reason ?? `vedette sign answered ${response.status}.`);
  return said as T;
}

export const work = () => ask<Work>("work");
export const sign = (assertion: Assertion) => ask<{ person: string }>("sign", assertion);
export const register = (public_key: string, assertion: Assertion) => ask<object>("register", { public_key, assertion });
/** Sign nothing, and let the program end. */
export const refuse = () => ask<object>("refuse", {});
