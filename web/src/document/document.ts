/**
 * Documents, as they are signed: a kind and the bytes of a payload. What people look at is read out of those very bytes,
 * here, so that it is what they sign and not what somebody says it is.
 */
import type { DocumentBackupPlan, DocumentHead, DocumentRestore, DocumentTask } from "contract";

import { fromBase64, sha256, toHex, type Bytes } from "../bytes";

export type Head = DocumentHead;
export type Task = DocumentTask;
export type Plan = DocumentBackupPlan;
export type Restore = DocumentRestore;
/** Named agents, or all of a tenant or a site. */
export type Meant = Pick<Task, "targets" | "tenant" | "site">;

export interface Document {
  kind: string;
  payload: Bytes;
  text: string; // the payload, as text
  head: Head;
  sha256: string; // of what is signed: one number everywhere
}

export function isTask(head: Head): head is Task {
  return head.kind === "task";
}

const encoder = new TextEncoder();

export function payloadType(kind: string): string {
  return `application/vnd.vedette.${kind}.v1+json`;
}

export function isPlan(head: Head): head is Plan {
  return head.kind === "backup-plan";
}

export function isRestore(head: Head): head is Restore {
  return head.kind === "restore";
}

/** DSSE's pre-authentication encoding: these bytes are signed. */
export function pae(kind: string, payload: Bytes): Bytes {
  const type = encoder.encode(payloadType(kind));
  const before = encoder.encode(`DSSEv1 ${type.length} ${payloadType(kind)} ${payload.length} `);
  const all = new Uint8Array(before.length + payload.length);
  all.set(before);
  all.set(payload, before.length);
  return all;
}

/** Refuses bytes that are no text, and a document that is of another kind inside than outside. */
export async function readDocument(kind: string, payload: Bytes): Promise<Document> {
  const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(payload);
  const head = JSON.parse(text) as Head;
  if (head.kind !== kind) throw new Error(`the document says that it is of kind ${head.kind}, its envelope that it is of kind ${kind}`);
  return { kind, payload, text, head, sha256: toHex(await sha256(pae(kind, payload))) };
}

/** Out of a DSSE envelope in JSON. */
export async function readEnvelope(dsse: string): Promise<Document> {
  const { payloadType: type, payload } = JSON.parse(dsse) as { payloadType: string; payload: string };
  const [, kind] = /^application\/vnd\.vedette\.([a-z-]+)\.v1\+json$/.exec(type) ?? [];
  if (!kind) throw new Error("the envelope holds no document of Vedette");
  return readDocument(kind, fromBase64(payload));
}
