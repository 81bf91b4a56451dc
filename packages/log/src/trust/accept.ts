/* Checking a checkpoint against a policy: signed by a log it lists, under that log's own name, and cosigned by a quorum. */
import type { OpenedCheckpoint } from "../checkpoint/open.ts";
import { decodeCheckpoint } from "../checkpoint/open.ts";
import { type Checked, refuse } from "../errors.ts";
import { type NotePrimitives, verifyNote } from "../note/verify.ts";
import { isQuorum, type Policy } from "./policy.ts";

/** A checkpoint that a policy accepts. */
export interface AcceptedCheckpoint extends OpenedCheckpoint {
  /** names, in the policy, of the witnesses that cosigned */
  readonly witnesses: ReadonlySet<string>;
}

/**
 * Opens a checkpoint under a policy.
 *
 * A policy without logs, as tlog-policy allows, accepts no log here: put the log known from context into it.
 * @returns `log/bad-note` · `log/bad-checkpoint` · `log/out-of-range` · `log/wrong-origin` no listed log has that name ·
 * `log/bad-signature` · `log/unknown-key` not signed by that log · `log/quorum` · `log/unknown-algorithm`
 * @see tlog-policy · L-47
 */
export async function acceptCheckpoint(
  bytes: Uint8Array,
  policy: Policy,
  primitives: NotePrimitives,
): Promise<Checked<AcceptedCheckpoint>> {
  const decoded = decodeCheckpoint(bytes);
  if (!decoded.ok) return decoded;
  const { origin } = decoded.value.checkpoint;
  const logKeys = policy.logs.map((log) => log.key).filter((key) => key.name === origin);
  if (logKeys.length === 0) return refuse("log/wrong-origin");
  const witnessKeys = [...policy.witnesses.values()].map((witness) => witness.key);
  const checked = await verifyNote(decoded.value.note, [...logKeys, ...witnessKeys], primitives);
  if (!checked.ok) return checked;
  const signers = new Set(checked.value.map((one) => one.key));
  if (!logKeys.some((key) => signers.has(key))) return refuse("log/unknown-key");
  const names = [...policy.witnesses].filter(([, { key }]) => signers.has(key)).map(([name]) => name);
  const witnesses = new Set(names);
  if (!isQuorum(policy, witnesses)) return refuse("log/quorum");
  return { ok: true, value: { ...decoded.value, signatures: checked.value, witnesses } };
}
