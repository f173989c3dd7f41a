/** The endpoint owner's policy, as its agent told it, in sentences. A machine is not trusted to keep the shape. */

export interface Sentence {
  about: string;
  words: string;
  grave?: boolean; // it keeps things from being done that people may expect
}

type Said = (key: string) => string; // "": it did not say

const KINDS: Record<string, string> = {
  task: "tasks",
  watch: "watches",
  "backup-plan": "backup plans",
  restore: "restoring from backups",
  setting: "settings",
  update: "updates of the agent",
  move: "moving it to another tenant or site",
};

const CONSENT: Record<string, string> = {
  none: "nobody there has to be told or asked",
  notify: "people who are logged in there are told before a task begins",
};

function list(words: string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words[words.length - 1]}`;
}

function kinds(said: Said): string {
  const words = said("kinds").split(" ");
  return words.includes("none") ? "nothing" : list(words.map((word) => KINDS[word] ?? word));
}

function users(said: Said): string {
  const names = said("users").split(" ");
  if (names.includes("none")) return "nobody: no task runs";
  const others = names.filter((name) => name !== "*");
  if (!names.includes("*")) return `only ${list(others)}`;
  if (!others.length) return "anybody but root and the agent’s own user";
  return `anybody but ${others.includes("root") ? "" : "root and "}the agent’s own user; ${list(others)} by name`;
}

function hours(said: Said): string {
  return said("hours") === "always" ? "at any time" : `${said("hours")}, by the machine’s own clock; what is due at another time waits`;
}

function consent(said: Said): string {
  const wait = said("consent_wait");
  return CONSENT[said("consent")] ?? `people who are logged in there are asked before a task begins${wait && `; no answer within ${wait} is a no`}`;
}

function limits(said: Said): string {
  const parts = [
    said("time_limit"),
    said("memory_limit") && `${said("memory_limit")} of memory`,
    said("output_limit") && `${said("output_limit")} of output`,
    said("processes_limit") && `${said("processes_limit")} processes`,
  ];
  return parts.filter(Boolean).join(", ");
}

function targets(said: Said): string {
  const names = said("backup_targets").split(" ");
  if (names.includes("none")) return "nowhere";
  return names.includes("*") ? "to any target of its owner" : `only to ${list(names)}`;
}

interface Row {
  about: string;
  of: string; // the key without which there is nothing to say
  words: (said: Said) => string;
  grave?: (said: Said) => boolean;
}

const ROWS: Row[] = [
  { about: "Carried out", of: "kinds", words: kinds, grave: (said) => said("kinds") === "none" },
  {
    about: "Scripts",
    of: "scripts",
    words: (said) => (said("scripts") === "on" ? "may run" : "are refused: only programs with arguments"),
    grave: (said) => said("scripts") !== "on",
  },
  { about: "As users", of: "users", words: users, grave: (said) => said("users") === "none" },
  { about: "Hours", of: "hours", words: hours },
  { about: "Consent", of: "consent", words: consent },
  { about: "A task may take", of: "time_limit", words: limits },
  { about: "Documents", of: "longest_life", words: (said) => `may be good for ${said("longest_life")} at most` },
  {
    about: "Status",
    of: "fresh_within",
    words: (said) => `nothing begins unless the signed word that nothing was withdrawn is younger than ${said("fresh_within")}`,
  },
  {
    about: "Backed up may be",
    of: "backup_paths",
    words: (said) => (said("backup_paths") === "none" ? "nothing" : said("backup_paths") === "/" ? "everything" : list(said("backup_paths").split(" "))),
    grave: (said) => said("backup_paths") === "none",
  },
  { about: "Backups go", of: "backup_targets", words: targets, grave: (said) => said("backup_targets") === "none" },
  { about: "Backups begin", of: "backup_hours", words: (said) => (said("backup_hours") === "always" ? "at any time" : said("backup_hours")) },
  {
    about: "Of the machine",
    of: "inventory",
    words: (said) => (said("inventory") === "on" ? "its inventory is reported" : "nothing is reported: the owner forbids it"),
  },
  {
    about: "Wakes",
    of: "server_may_wake",
    words: (said) => (said("server_may_wake") === "on" ? "the server may wake it" : "are not followed: it fetches its mail every 15 minutes"),
  },
];

export function sentences(policy: Record<string, unknown>): Sentence[] {
  const said: Said = (key) => {
    const value = policy[key];
    return typeof value === "string" ? value : "";
  };
  return ROWS.filter((row) => said(row.of)).map((row) => ({ about: row.about, words: row.words(said), grave: row.grave?.(said) ?? false }));
}
