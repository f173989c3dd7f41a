/** Our fields out of an event's OCSF data, where contract/ocsf.def has put them. */
import { type Form, places } from "contract";

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json => typeof value === "object" && value !== null && !Array.isArray(value);

export function at(value: unknown, path: string[]): unknown {
  return path.reduce<unknown>((inner, key) => (isObject(inner) ? inner[key] : undefined), value);
}

/** As in events.def. What is not of the form, as a sealed field, stays as it is. */
function plain(value: unknown, form: Form): unknown {
  if (form === "quoted" && typeof value === "string") return Number(value);
  return form === "ms" && typeof value === "number" ? new Date(value).toISOString() : value;
}

/** By the names of fields.def; of a type that we do not know, what OCSF has no place for. */
export function fieldsOf(type: string, data: Json): Json {
  if (!(type in places)) return isObject(data.unmapped) ? data.unmapped : {};
  const found = places[type]!.map(([field, path, form]) => [field, plain(at(data, path), form)] as const);
  return Object.fromEntries(found.filter(([, value]) => value !== undefined));
}

/** `user:alice`, as calls say it; null: nobody is named. */
export function actorOf(data: Json): string | null {
  const [type, name] = ["type", "name"].map((key) => at(data, ["actor", "user", key]));
  return typeof name !== "string" ? null : typeof type === "string" ? `${type}:${name}` : name;
}
