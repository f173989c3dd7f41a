/** Who is logged in, and what they may do. */
import { roleWords, type SessionGetReply } from "contract";

import { authorise, call, Refusal } from "./call";
import { Cell } from "./cell";

export type Role = SessionGetReply["role"];

export type Session = SessionGetReply;

/** undefined: not known yet; null: nobody is logged in. */
export const session = new Cell<Session | null | undefined>(undefined);

/** Why the login page is shown, when it is not by the user's own wish. */
export const ended = new Cell("");

function begin(next: Session): void {
  ended.set("");
  authorise(next.csrf, () => end("Your session has ended. Log in again, and you will be back where you were."), recall);
  session.set(next);
}

function end(why: string): void {
  ended.set(why);
  authorise("", () => {}, async () => {});
  session.set(null);
}

/** On start, and after a login: whose session does this browser hold? */
export async function recall(): Promise<void> {
  try {
    begin(await call("session.get", {}));
  } catch (problem) {
    end(problem instanceof Refusal && problem.status === 401 ? ended.value : (problem as Error).message);
  }
}

export async function logOut(): Promise<void> {
  await call("session.logout", {}).catch(() => {}); // gone either way as far as this browser is concerned
  end("");
}

/** Roles are ordered, each including the ones before it. */
export function may(who: Session | null | undefined, least: Role): boolean {
  return !!who && roleWords.indexOf(who.role) >= roleWords.indexOf(least);
}
