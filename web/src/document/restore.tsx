/** A restore as people judge it: which files, of which backup, where to, by whose rights. */
import { Plain } from "../parts/plain";
import type { Restore } from "./document";
import { duration } from "./duration";
import { Fact, Facts, When } from "./fact";
import { Paths } from "./paths";
import { Targets } from "./targets";
import { CONSENT } from "./words";

export function RestoreView({ restore }: { restore: Restore }) {
  return (
    <>
      <Facts>
        {restore.paths?.length ? <Paths name="Brought back" list={restore.paths} /> : <Fact name="Brought back">all files of the backup</Fact>}
        <Fact name="Of the backup">
          <code>{restore.backup}</code>
          <small>{restore.commit_sha256 ? `whose commit is ${restore.commit_sha256}` : "whichever commit of that name there is: the restore key service refuses that"}</small>
        </Fact>
        {restore.source && (
          <Fact name="Of the machine">
            <Plain text={restore.source.name ?? ""} /> <small>agent {restore.source.agent}, key {restore.source.fingerprint}</small>
          </Fact>
        )}
        <Fact name="From">
          <b>
            <Plain text={restore.target} />
          </b>
          <small>by the name in the machine’s /etc/vedette/targets.conf, which its owner alone writes</small>
        </Fact>
        <Fact name="Into">
          <code class="plain">
            <Plain text={restore.into} />
          </code>
          <small>{restore.into === "/" ? "each in its own place; what stands there is never written over" : "each with its whole path below it"}</small>
        </Fact>
        <Fact name="As user">
          <b class={restore.user === "root" ? "grave" : ""}>
            <Plain text={restore.user} />
          </b>
        </Fact>
        <Fact name="When">
          once, between <When time={restore.not_before} /> and <When time={restore.expires} />
        </Fact>
        <Fact name="Consent">{CONSENT[restore.consent]}</Fact>
        {restore.fresh_within_s !== undefined && <Fact name="Status at most">{duration(restore.fresh_within_s)} old</Fact>}
      </Facts>
      <Targets of={restore} />
    </>
  );
}
