/** Events upon which what is shown of documents and their runs may be another. */
import type { Event } from "../stream";

export function concernsTasks(event: Event): boolean {
  return event.type.startsWith("task.") || event.type.startsWith("document.") || event.type.startsWith("rollout.");
}
