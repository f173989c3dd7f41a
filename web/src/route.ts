/** Where we are: the part of the address behind #. Pages change without asking the server. */
import { Cell } from "./cell";

export interface Route {
  page: string;
  item: string;
}

function read(): Route {
  const [page = "", item = ""] = location.hash.replace(/^#?\/?/, "").split("/");
  return { page: page || "fleet", item: decodeURIComponent(item) };
}

export const route = new Cell<Route>(read());
addEventListener("hashchange", () => route.set(read()));

export function go(path: string): void {
  location.hash = path;
}
