/** Passkeys (WebAuthn) of the relying party `localhost`: made and asked here alone, and good for nothing else. */
import { toBase64, toBase64Url, type Bytes } from "../bytes";
import type { Assertion } from "./ask";

const PARTY = "localhost";
const ES256 = -7;
const PATIENCE_MS = 300_000;

const bytes = (buffer: ArrayBuffer): Bytes => new Uint8Array(buffer);

function random(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}

/** A passkey for a person; gives the public key (SubjectPublicKeyInfo, base64) and what to ask for it by. */
export async function make(person: string): Promise<{ public_key: string; id: Bytes }> {
  const made = (await navigator.credentials.create({
    publicKey: {
      rp: { id: PARTY, name: "Vedette: signing documents" },
      user: { id: random(16), name: person, displayName: person },
      challenge: random(32), // nothing is believed of this answer: the key proves itself by the test that follows
      pubKeyCredParams: [{ type: "public-key", alg: ES256 }],
      authenticatorSelection: { residentKey: "required", userVerification: "required" },
      attestation: "none",
      timeout: PATIENCE_MS,
    },
  })) as PublicKeyCredential;
  const key = (made.response as AuthenticatorAttestationResponse).getPublicKey();
  if (!key) throw new Error("This passkey is of a kind that the browser cannot read.");
  return { public_key: toBase64(bytes(key)), id: bytes(made.rawId) };
}

/** Ask for a signature over these 32 bytes: of any passkey of ours, or of that one. */
export async function assert(challenge: Bytes, id?: Bytes): Promise<Assertion> {
  const given = (await navigator.credentials.get({
    publicKey: {
      rpId: PARTY,
      challenge,
      allowCredentials: id ? [{ type: "public-key", id }] : [],
      userVerification: "required",
      timeout: PATIENCE_MS,
    },
  })) as PublicKeyCredential;
  const { authenticatorData, clientDataJSON, signature } = given.response as AuthenticatorAssertionResponse;
  return {
    authenticatorData: toBase64Url(bytes(authenticatorData)),
    clientDataJSON: toBase64Url(bytes(clientDataJSON)),
    signature: toBase64Url(bytes(signature)),
  };
}

/** What the browser says when somebody turned away, in words for people. */
export function words(problem: Error): string {
  return problem.name === "NotAllowedError" ? "Nothing was signed: the passkey was not given, or time was up." : problem.message;
}
