/** What a run writes, while it writes it. Whoever wrote it is not trusted: it is text, and shown as what it is. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";

import { fromBase64 } from "../bytes";
import { call } from "../call";
import { PlainBox } from "../parts/plain";
import { size } from "../size";
import type { Version } from "./runs";

const EVERY_MS = 1_000;
const NEAR_PX = 40;
const SHOWN_BYTES = 512 << 10; // of long output the end is shown

export interface Of extends Version {
  agent: number;
  occurrence: number;
}

interface Written {
  text: string;
  bytes: number; // so far
  skipped: boolean;
  cut: boolean;
  ended: boolean;
}

const nothing: Written = { text: "", bytes: 0, skipped: false, cut: false, ended: false };

/** Pages through the output from its beginning (or near its end, where it is long), then follows it. */
function useOutput(of: Of): { written: Written; problem: Error | null } {
  const [written, setWritten] = useState(nothing);
  const [problem, setProblem] = useState<Error | null>(null);
  useEffect(() => {
    let gone = false;
    let timer = 0;
    let at = 0;
    let skipped = false;
    const decoder = new TextDecoder();
    setWritten(nothing);
    async function more() {
      if (document.hidden) return wait();
      try {
        const part = await call("task.output", { ...of, offset: at });
        if (gone) return;
        const far = part.output_bytes - SHOWN_BYTES;
        if (at === 0 && far > part.offset) {
          at = far;
          skipped = true;
          return void more(); // from there on
        }
        const data = fromBase64(part.data);
        const text = decoder.decode(data, { stream: true });
        at = part.offset + data.length;
        setProblem(null);
        setWritten((last) => ({
          text: (last.text + text).slice(-SHOWN_BYTES),
          bytes: part.output_bytes,
          skipped: skipped || last.skipped || last.text.length + text.length > SHOWN_BYTES,
          cut: part.output_cut,
          ended: part.ended && at >= part.output_bytes,
        }));
        if (at < part.output_bytes) return void more();
        if (!part.ended) wait();
      } catch (caught) {
        if (gone) return;
        setProblem(caught as Error);
        wait();
      }
    }
    const wait = () => void (timer = setTimeout(() => void more(), EVERY_MS));
    void more();
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [of.document, of.document_version, of.agent, of.occurrence]);
  return { written, problem };
}

export function Output({ of, name }: { of: Of; name: string }) {
  const { written, problem } = useOutput(of);
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true); // who has scrolled back is left there
  useLayoutEffect(() => {
    const pre = box.current?.querySelector("pre");
    if (pre && atEnd.current) pre.scrollTop = pre.scrollHeight;
  }, [written]);
  const scrolled = ({ target }: Event) => {
    const { scrollHeight, scrollTop, clientHeight } = target as HTMLElement;
    atEnd.current = scrollHeight - scrollTop - clientHeight < NEAR_PX;
  };
  return (
    <div ref={box} class="output" onScrollCapture={scrolled}>
      <p class="problem" role="alert">
        {problem?.message}
      </p>
      <p class="hint" role="status">
        {size(written.bytes)} {written.ended ? "in all" : "so far"}
        {written.skipped && "; the beginning is left out here"}
        {written.cut && "; there was more, which was not kept"}
      </p>
      {written.bytes > 0 ? <PlainBox text={written.text} label={`Output of ${name}`} /> : written.ended && <p class="calm">It wrote nothing.</p>}
    </div>
  );
}
