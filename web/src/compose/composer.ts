/** How documents of one kind are put together: its form, its fields, the document that becomes of them. */
import type { ComponentChildren, FunctionComponent } from "preact";

import type { Head } from "../document/document";
import type { Form, Given, Part } from "./form";
import type { Policy, Told } from "./permits";

export interface Composer<F extends Form, D extends Head> {
  kind: D["kind"];
  name: string; // as people say it
  empty: (zone: string) => F;
  again: (before: D, zone: string) => F; // for a new version
  make: (form: F, given: Given) => D;
  lacks: (form: F) => string; // in words; "": nothing, it can be put down
  refusals: (form: F, policy: Policy, frozen: boolean, targets: Told["targets"]) => string[];
  one?: boolean; // it is for one agent
  also?: (form: F) => number[]; // agents whose keys are needed besides
  Fields: FunctionComponent<Part<F> & Around>;
}

/** What stands among its own fields. */
export interface Around {
  where: ComponentChildren;
  told: Map<number, Told | undefined>; // by the chosen agents
}
