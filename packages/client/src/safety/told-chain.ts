/*
 * What a person's own device says of their chain, sealed (C-12): it is held to as any chain is. A home that shows fewer ops than the
 * person told is found by the watch, for what was told is believed.
 */
import type { IdentityState } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { ToldChain } from "@chapar/wire/content";
import type { Placer } from "../conversation/placer.ts";
import type { Member } from "../core.ts";
import { isClientError } from "../errors.ts";
import type { Draft } from "../store/shelf.ts";
import { chainChanges } from "./changes.ts";
import { forkFinding, isTooLate, paused } from "./forks.ts";
import { keptChanges, personLine } from "./person-lines.ts";

/** Takes what a sender told, within the step that read it. @returns the chain that is believed from here on */
export async function hearChain(
  member: Member,
  draft: Draft,
  placer: Placer,
  held: IdentityState,
  { ops }: Pick<ToldChain, "ops">,
): Promise<IdentityState> {
  const { contacts, people } = member;
  const { identity } = held;
  if (ops.length === 0) return held;
  try {
    const next = await contacts.check(ops, identity);
    if (equalBytes(next.headHash, held.headHash)) return held;
    if (isTooLate(member, held, next, member.clock.nowMs())) return forked(member, draft, placer, held, ops);
    const changes = chainChanges(held, next, undefined);
    for (const change of changes) placer.person(personLine(member, identity, change));
    people.put(draft, identity, keptChanges(people.get(identity), changes));
    return next;
  } catch (error) {
    if (!isClientError(error)) throw error;
    // Older than what is held, or no chain of theirs: it changes nothing.
    if (error.code !== "client/forked-chain") return held;
    return forked(member, draft, placer, held, ops);
  }
}

/** A second history, or an override that comes too late: sending waits until the person decides. */
function forked(
  member: Member,
  draft: Draft,
  placer: Placer,
  held: IdentityState,
  ops: readonly Uint8Array[],
): IdentityState {
  const { people, alerts, sha256 } = member;
  const fork = sha256(ops.at(-1) ?? new Uint8Array(0));
  people.put(draft, held.identity, paused(people.get(held.identity), fork));
  const finding = forkFinding(member, held, ops.slice(-1), placer.row.id);
  // The book of alerts has a lane of its own, and the step is not written yet.
  draft.after(() => void alerts.record(finding).catch((cause: unknown) => member.failed(cause)));
  return held;
}
