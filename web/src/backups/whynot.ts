/** Why a restore was not carried out, and what to do: codes of agents, of vedette-agent-restore, of the restore key service. */
const WORDS: Record<string, string> = {
  "policy-kind": "The machine’s owner permits no restores: `kinds = … restore` in /etc/vedette/policy.conf.",
  "policy-user": "The machine’s owner does not permit this user: `users` in /etc/vedette/policy.conf.",
  "stale-status": "No fresh status: whoever keeps the status key signs one, that nothing was withdrawn.",
  frozen: "A freeze is in force: nothing new begins until it is lifted.",
  "no-answer": "The restore key service did not answer within half an hour. Is it running?",
  "no-service": "The trust file names no restore key service.",
  "wrong-recipient": "The backup is not sealed for the restore key service: it was made before, or the owner has not named it in targets.conf. The recovery key opens it.",
  "too-many": "The restore key service gives no more keys in this hour, or for this document.",
  "other-commit": "The target has another commit under this backup’s name than people signed for. Do not trust that target before you know why.",
  "no-backup": "The target has no such backup: it was pruned, or this is another target.",
  "unknown-target": "The machine’s /etc/vedette/targets.conf has no target of that name.",
  "no-file": "The backup has nothing at one of these paths.",
  "no-room": "The machine has not enough room there.",
  "no-user": "The machine has no such user.",
  "not-all": "What stood there already and was another file was left alone; the machine’s own log names what could not be brought back.",
  interrupted: "It goes on where it was if the same restore is signed anew.",
};

export const whyNot = (code: string | null) => (code ? WORDS[code] ?? "" : "");
