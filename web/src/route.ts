/** Where we are: the part of the address behind #. Pages change without asking the server. */
import { Cell } from "./cell";

export interface Route {
  page: string;
  item: string;
  query: string; // behind ?
}

/** As the address is at this moment; `route` follows a moment later. */
export function read(): Route {
  const [path = "", query = ""] = location.hash.replace(/^#?\/?/, "").split("?");
  const [page = "", item = ""] = path.split("/");
  return { page: page || "fleet", item: decodeURIComponent(item), query };
}

export const route = new Cell<Route>(read());
addEventListener("hashchange", () => route.set(read()));

export function go(path: string): void {
  location.hash = path;
}

/** The page of a document; those of plans and restores are among the backups. */
export function documentPath(kind: string, document: string, version: number): string {
  const page = kind === "backup-plan" ? "plan" : kind === "restore" ? "restore" : "task";
  return `/${page}/${document}?version=${version}`;
}

/** The same, but "back" does not come here again. */
export function replace(path: string): void {
  location.replace(`#${path}`);
}
