/** Where we are: a backup and a folder in it, behind # in the address, so that "back" goes back. */
import { useEffect, useState } from "preact/hooks";

import { ROOT } from "./ask";

export interface Place {
  backup: number;
  folder: number;
  to: (backup: number, folder: number) => void;
  toBackup: (backup: number) => void;
  toFolder: (folder: number) => void;
}

function read(): [number, number] {
  const [backup = 0, folder = ROOT] = location.hash.slice(1).split("/").map((part) => Math.max(0, Number(part) || 0));
  return [backup, folder];
}

export function usePlace(): Place {
  const [[backup, folder], setPlace] = useState(read);
  useEffect(() => {
    const moved = () => setPlace(read());
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  const to = (nextBackup: number, nextFolder: number) => void (location.hash = `${nextBackup}/${nextFolder}`);
  return { backup, folder, to, toBackup: (next) => to(next, folder), toFolder: (next) => to(backup, next) };
}
