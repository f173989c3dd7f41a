/** Who could delete backups at a target, said where people rely on it. */
import { Plain } from "../parts/plain";
import { judge, type OwnTarget } from "./targets";

interface Props {
  names: string[]; // of targets that plans use
  targets: Map<string, OwnTarget>; // as the machine told them
}

export function Deletes({ names, targets }: Props) {
  return (
    <div class="deletes">
      {[...new Set(names)].map((name) => {
        const { grave, words } = judge(name, targets.get(name));
        return (
          <p key={name} class={grave ? "note" : "hint"}>
            {grave && <b>Backups can be lost there. </b>}
            <Plain text={words} />
          </p>
        );
      })}
      <p class="hint">This server has no credential of any target: where it is not the target’s own machine, it can neither read nor delete there.</p>
    </div>
  );
}
