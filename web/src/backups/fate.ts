/** What becomes of a backup by a time, and why, in words. Pure. */
import type { BackupPreviewReply } from "contract";

import { moment } from "../clock";
import type { RowOf } from "../columns";
import type { RunState } from "../tasks/doing";
import { CLASSES, type BackupClass } from "./classes";

export type Expected = RowOf<BackupPreviewReply>;

export type Look = "kept" | "condemned" | "gone" | "planned";

export function lookOf(one: Expected): Look {
  return one.planned && one.fate === "kept" ? "planned" : one.fate;
}

/** The shapes of tasks' runs, which differ without colour. */
export const SHAPES: Record<Look, RunState> = { kept: "done", condemned: "expired", gone: "failed", planned: "queued" };

export const LOOK_WORDS: Record<Look, string> = {
  kept: "kept",
  condemned: "due, waits 72 hours",
  gone: "deleted",
  planned: "not made yet",
};

const KEPT: Record<Expected["kept_by"], (one: Expected) => string> = {
  date: (one) => `is kept until ${dayWords(one.kept_until)} is over`,
  hold: () => "is kept: somebody holds it",
  base: () => "is kept: a backup that is kept needs it",
  fulls: () => "is kept: it is among the newest full ones that were verified",
  class: () => "is kept: it is the last verified one of its class",
  due: () => "is kept",
};

/** "Daily of 22 Nov 2026: is kept until 28 Nov 2026 is over." */
export function fateWords(one: Expected): string {
  const goes = one.goes_at ? moment(one.goes_at) : "";
  const becomes =
    one.fate === "kept"
      ? KEPT[one.kept_by](one)
      : one.fate === "condemned"
        ? `nothing keeps it after ${dayWords(one.kept_until)}; it goes ${goes || "72 hours later"}`
        : `is deleted by then: nothing keeps it after ${dayWords(one.kept_until)}${goes && `, so it went ${goes}`}`;
  return `${CLASSES[one.backup_class].title} of ${dayWords(one.slot)}${one.planned ? ", not made yet" : ""}: ${becomes}.`;
}

const DAY = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
const SHORT = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

/** A calendar date is of no zone. */
export const dayWords = (date: string) => DAY.format(Date.parse(date));
export const shortDay = (date: string) => SHORT.format(Date.parse(date));

/** By class, in the order of the list of classes, each by date. */
export function byClass(rows: Expected[]): [BackupClass, Expected[]][] {
  return (Object.keys(CLASSES) as BackupClass[])
    .map((one): [BackupClass, Expected[]] => [one, rows.filter((row) => row.backup_class === one).sort((a, b) => (a.slot < b.slot ? -1 : 1))])
    .filter(([, list]) => list.length);
}
