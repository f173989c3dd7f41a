/** The inventory as the agent reports it (`vedette-agent what-i-send` says the same), read from whatever came. */

export interface Disk {
  mount: string;
  type: string;
  bytes: number;
}

export interface Inventory {
  cpu: string;
  cpus: number;
  memory_bytes: number;
  disks: Disk[];
  addresses: string[];
}

const text = (value: unknown) => (typeof value === "string" ? value : "");
const number = (value: unknown) => (typeof value === "number" ? value : 0);
const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);

/** A machine is not trusted to keep the shape: what is not as expected is left empty. */
export function readInventory(said: Record<string, unknown>): Inventory {
  return {
    cpu: text(said.cpu),
    cpus: number(said.cpus),
    memory_bytes: number(said.memory_bytes),
    disks: list(said.disks).map((one) => {
      const disk = (one ?? {}) as Record<string, unknown>;
      return { mount: text(disk.mount), type: text(disk.type), bytes: number(disk.bytes) };
    }),
    addresses: list(said.addresses).map(text).filter(Boolean),
  };
}
