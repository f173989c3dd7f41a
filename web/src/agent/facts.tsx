/** What the machine said of itself. */
import type { AgentGetReply } from "contract";

import { Plain } from "../parts/plain";
import { size } from "../size";
import { readInventory, type Disk } from "./inventory";

export function Facts({ agent }: { agent: AgentGetReply }) {
  const inventory = agent.inventory && readInventory(agent.inventory);
  const facts: [string, string | undefined][] = [
    ["Host name", agent.hostname],
    ["System", agent.os],
    ["Kernel", agent.kernel],
    ["Processor", inventory && `${inventory.cpu}, ${inventory.cpus} ${inventory.cpus === 1 ? "core" : "cores"}`],
    ["Memory", inventory && size(inventory.memory_bytes)],
    ["Addresses", inventory?.addresses.join(", ")],
    ["Agent version", agent.version],
    ["Key fingerprint", agent.fingerprint],
  ];
  return (
    <section class="panel machine" aria-labelledby="machine">
      <header>
        <h2 id="machine">Machine</h2>
      </header>
      {!inventory && <p class="hint">The machine has not sent its inventory yet.</p>}
      <dl>
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text ? <Plain text={text} /> : "–"}</dd>
          </div>
        ))}
      </dl>
      {inventory && inventory.disks.length > 0 && <Disks list={inventory.disks} />}
    </section>
  );
}

function Disks({ list }: { list: Disk[] }) {
  return (
    <table>
      <caption>Disks</caption>
      <thead>
        <tr>
          <th scope="col">Mounted at</th>
          <th scope="col">File system</th>
          <th scope="col">Size</th>
        </tr>
      </thead>
      <tbody>
        {list.map((disk) => (
          <tr key={disk.mount}>
            <td>
              <Plain text={disk.mount} />
            </td>
            <td>
              <Plain text={disk.type} />
            </td>
            <td>{size(disk.bytes)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
