/** Classes of backups, and how long they are kept: lib/repository/retention.c, in words. */
import type { backup_classWords } from "contract";

export type BackupClass = (typeof backup_classWords)[number];

export interface Class {
  title: string;
  what: string;
  kept: string;
}

export const CLASSES: Record<BackupClass, Class> = {
  daily: { title: "Daily", what: "Full backups", kept: "6 days" },
  differential: { title: "Differential", what: "What changed since the last full one", kept: "4 weeks" },
  weekly: { title: "Weekly", what: "The first full backup of each week", kept: "3 months" },
  manual: { title: "By hand", what: "Full backups that somebody asked for", kept: "4 weeks" },
  server: { title: "Server", what: "The server’s own configuration", kept: "7 days" },
  access: { title: "Access logs", what: "Records of access", kept: "90 days" },
};
