/** Backups that are under way: how far, how fast, and how long they still take. */
import type { BackupRunningReply } from "contract";
import { useEffect, useState } from "preact/hooks";

import { call } from "../call";
import { exactSpan, heardClock, serverNow } from "../clock";
import { rowsOf, type RowOf } from "../columns";
import { useEvents, useLoaded, useTick } from "../parts/loaded";
import { Plain } from "../parts/plain";
import { size } from "../size";
import { onRunning } from "../stream";
import { CLASSES } from "./classes";
import { concernsBackups } from "./known";
import { BackupWord } from "./state";

export type Running = RowOf<BackupRunningReply>;

const REFRESH_MS = 10_000; // should the stream be away
const QUIET_MS = 60_000; // an agent that has told nothing for so long may be gone

function read(reply: BackupRunningReply): Running[] {
  heardClock(reply.now);
  return rowsOf(reply, "backup");
}

/** Of one agent, or of all: asked for once, then as the stream tells. */
export function useRunning(agent?: number): Running[] {
  const [list, setList] = useState<Running[]>([]);
  const loaded = useLoaded(async () => setList(read(await call("backup.running", { agent }))), [agent]);
  const some = list.length > 0;
  useEffect(
    () =>
      onRunning((told) => {
        if (told.backup) setList(read(told as BackupRunningReply).filter((one) => !agent || one.agent === agent));
        else void loaded.again();
      }),
    [agent, loaded.again],
  );
  useEvents(concernsBackups, () => void loaded.again(), [loaded.again]);
  useEffect(() => {
    const timer = some ? setInterval(() => document.hidden || void loaded.again(), REFRESH_MS) : 0;
    return () => clearInterval(timer);
  }, [some, loaded.again]);
  return list;
}

export function RunningList({ list, named }: { list: Running[]; named?: boolean }) {
  return (
    <ul class="running">
      {list.map((one) => (
        <li key={one.backup}>
          <p>
            {named && (
              <a href={`#/backups/${one.agent}`}>
                <Plain text={one.name} />
              </a>
            )}{" "}
            <BackupWord state={one.backup_state} />{" "}
            <small>
              {CLASSES[one.backup_class].title.toLowerCase()} of {one.slot}
              {one.title && (
                <>
                  , <Plain text={one.title} />
                </>
              )}
            </small>
          </p>
          {one.backup_state === "running" && <Progress of={one} />}
        </li>
      ))}
    </ul>
  );
}

function Progress({ of }: { of: Running }) {
  useTick(1_000);
  const all = of.expected_bytes ?? 0;
  const done = of.content_bytes ?? 0;
  const share = all ? Math.min(1, done / all) : 0;
  const silent = of.reported_at ? serverNow() - Date.parse(of.reported_at) : 0;
  const words = [
    all ? `${size(done)} of about ${size(all)}` : `${size(done)} so far`,
    `${NUMBER.format(of.files ?? 0)} files`,
    of.rate_bytes_s != null && `${size(of.rate_bytes_s)} a second`,
    of.left_s != null && `about ${exactSpan(of.left_s * 1000)} left`,
    `${size(of.new_bytes ?? 0)} to store`,
  ];
  return (
    <div class="progress">
      <div
        class="proportion"
        role="progressbar"
        aria-label={`Backup of ${of.name}`}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={all ? Math.round(share * 100) : undefined}
      >
        {share > 0 && <span class="run-running" style={{ flexGrow: share }} />}
        {share < 1 && <span class="run-queued" style={{ flexGrow: 1 - share }} />}
      </div>
      <span>{words.filter(Boolean).join(" · ")}</span>
      {silent > QUIET_MS && <b class="grave">It has told nothing for {exactSpan(silent)}.</b>}
    </div>
  );
}

const NUMBER = new Intl.NumberFormat("en");
