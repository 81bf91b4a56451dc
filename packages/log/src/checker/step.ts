/*
 * The rule by which a client believes a station about a log: entries come without gap after those held, and their hashes
 * lead to the root the station signed; a signed head never takes back what an earlier one said. A step is a pure function
 * (state, input) -> state, or a fault with both signed objects and, where two of them exclude each other, the proof.
 *
 *     held range |=========|                      size n, verified
 *     entries              |#####|                first = n exactly
 *     head                 |#####|-------|        at n + count, or beyond it with a consistency proof from there
 */
import { equalBytes } from "@chapar/wire/bytes";
import type { LogCode } from "../errors.ts";
import { rootFromConsistency } from "../proof/consistency.ts";
import { type Contradiction, contradiction } from "../receipt/contradiction.ts";
import type { SignedStatement, Verified } from "../receipt/statement.ts";
import type { CompactRange } from "../tree/compact-range.ts";
import type { TreeHasher } from "../tree/hash.ts";
import { forkEvidence } from "./fork-evidence.ts";
import { type HeldHead, MAX_WAITING_HEADS } from "./held-head.ts";

/** What a station handed over: some entries, by their leaf hashes, and a head. */
export interface LogPage {
  /** index of the first entry; ignored when there are none */
  readonly first: number;
  readonly leafHashes: readonly Uint8Array[];
  /** a signed head or a receipt of this log, checked by `verifyStatement` */
  readonly head: Verified<SignedStatement>;
  /** from `first + leafHashes.length` to the head's size, when the entries end before it */
  readonly consistency?: readonly Uint8Array[];
  /** our clock; without it a head's time is only compared with other heads */
  readonly nowMs?: number;
}

/** Why a page was refused, with everything needed to complain or to ask again. */
export interface LogFault {
  readonly code: LogCode;
  /** the newest head held, if any */
  readonly held: Verified<SignedStatement> | undefined;
  /** what was offered; undefined when it could not be decoded or verified */
  readonly offered: Verified<SignedStatement> | undefined;
  /** present when the two, or one of them and the entries, prove that the station lied */
  readonly contradiction?: Contradiction;
}

/** The state after a step; with a fault it is the very state that went in. */
export interface LogStep {
  readonly state: HeldHead;
  readonly fault?: LogFault;
}

/** How far a head's time may be ahead of our clock before it is refused. */
export const MAX_CLOCK_SKEW_MS = 300_000;

type Refusal = { readonly code: LogCode; readonly contradiction?: Contradiction };

function compareHeads(held: HeldHead, offered: Verified<SignedStatement>): Refusal | undefined {
  const newest = held.heads.at(-1);
  for (const head of held.heads) {
    const found = contradiction(head, offered);
    if (found?.shape === "rolled-back") {
      return { code: offered.size < head.size ? "log/rolled-back" : "log/backdated", contradiction: found };
    }
    if (found !== undefined) return { code: "log/forked", contradiction: found };
  }
  if (newest !== undefined && offered.size < newest.size) return { code: "log/stale" };
  return offered.size < held.range.size ? { code: "log/stale" } : undefined;
}

function refuseOutright(held: HeldHead, page: LogPage): Refusal | undefined {
  const { head, first, leafHashes } = page;
  if (!equalBytes(head.batch.stationKey, held.stationKey)) return { code: "log/wrong-station" };
  if (!equalBytes(head.logId, held.logId)) return { code: "log/wrong-log" };
  if (page.nowMs !== undefined && head.batch.timeMs > page.nowMs + MAX_CLOCK_SKEW_MS)
    return { code: "log/from-future" };
  const refusal = compareHeads(held, head);
  if (refusal !== undefined) return refusal;
  if (leafHashes.length > 0 && first > held.range.size) return { code: "log/gap" };
  if (leafHashes.length > 0 && first < held.range.size) return { code: "log/overlap" };
  if (held.range.size + leafHashes.length > head.size) return { code: "log/out-of-range" };
  return leafHashes.every((hash) => hash.byteLength === 32) ? undefined : { code: "log/bad-argument" };
}

interface Appended {
  readonly range: CompactRange;
  /** the first waiting head that the entries do not lead to */
  readonly unmet?: Verified<SignedStatement>;
}

/** Appends the page to a copy of the range; each waiting head is met by the root at its size. */
function appendEntries(held: HeldHead, page: LogPage): Appended {
  const range = held.range.clone();
  const waiting = held.heads.filter((head) => head.size > range.size);
  let unmet: Verified<SignedStatement> | undefined;
  for (const leafHash of page.leafHashes) {
    range.append(leafHash);
    const [next] = waiting;
    if (next?.size !== range.size) continue;
    waiting.shift();
    if (!equalBytes(range.root(), next.root)) unmet ??= next;
  }
  return unmet === undefined ? { range } : { range, unmet };
}

/** Whether the range's root leads to the offered head: directly, or over a consistency proof. */
function meetsHead(range: CompactRange, page: LogPage, hasher: TreeHasher): LogCode | undefined {
  const { head } = page;
  if (range.size === head.size) return equalBytes(range.root(), head.root) ? undefined : "log/bad-root";
  if (range.size === 0) return undefined;
  if (page.consistency === undefined) return "log/incomplete";
  const claim = { size1: range.size, size2: head.size, root1: range.root(), proof: page.consistency };
  const root = rootFromConsistency(claim, hasher);
  if (!root.ok) return root.code;
  return equalBytes(root.value, head.root) ? undefined : "log/bad-root";
}

function nextHeads(held: HeldHead, range: CompactRange, head: Verified<SignedStatement>): Verified<SignedStatement>[] {
  const newest = held.heads.at(-1);
  const isNewer = newest?.size !== head.size || newest.batch.timeMs < head.batch.timeMs;
  return [...held.heads.filter((one) => one.size >= range.size && one.size < head.size), isNewer ? head : newest];
}

/**
 * Takes a page of a log, or refuses it with a fault and leaves the state as it was.
 *
 * @param page  its head must be verified; its leaf hashes are the client's own hashes of the entries it was given
 * @returns the next state. Faults: `log/wrong-station` · `log/wrong-log` · `log/from-future` · `log/rolled-back` ·
 * `log/backdated` · `log/forked` (these three with a contradiction) · `log/stale` · `log/gap` · `log/overlap` ·
 * `log/out-of-range` · `log/incomplete` more entries or a consistency proof needed · `log/bad-proof` · `log/bad-root`
 * Cost: one node hash an entry amortised and one root a waiting head. @see L-30 to L-34
 */
export function stepLog(held: HeldHead, page: LogPage, hasher: TreeHasher): LogStep {
  const newest = held.heads.at(-1);
  const fault = (refusal: Refusal): LogStep => ({
    state: held,
    fault: { ...refusal, held: newest, offered: page.head },
  });

  const outright = refuseOutright(held, page);
  if (outright !== undefined) return fault(outright);
  const { range, unmet } = appendEntries(held, page);
  const missed = meetsHead(range, page, hasher);
  if (unmet !== undefined && missed === undefined) {
    // The entries lead to the new head and away from one signed before it: both cannot be true.
    const found = forkEvidence({ held, leafHashes: page.leafHashes, earlier: unmet, later: page.head }, hasher);
    return fault(found === undefined ? { code: "log/forked" } : { code: "log/forked", contradiction: found });
  }
  if (unmet !== undefined) return fault({ code: "log/bad-root" });
  if (missed !== undefined) return fault({ code: missed });
  const heads = nextHeads(held, range, page.head);
  if (heads.length > MAX_WAITING_HEADS) return fault({ code: "log/incomplete" });
  return { state: { ...held, range, heads } };
}
