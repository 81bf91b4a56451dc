/*
 * Believing a page of a log: the head is signed by the log's station, the entries follow without gap on those held, and
 * together they lead to the head's root (protocol/2-log.md, flow 4). What fails here says something about the station, so
 * both signed objects are kept; nothing of the page is used.
 */
import {
  checkPage as checkLogPage,
  encodeContradiction,
  encodeStatement,
  FULL_FORM,
  type HeldHead,
  type LogFault,
  type TreeHasher,
} from "@chapar/log";
import type { Verifier } from "@chapar/wire/bytes";
import type { RemovalRow } from "../conversation/rows.ts";
import type { GoneReason } from "../repair/kept-rows.ts";
import type { EvidenceRow } from "./log-shelf.ts";

/** An entry whose body is not there, and what its station says of it (E-11). */
export interface MissingEntry {
  readonly leafHash: Uint8Array;
  readonly reason: GoneReason;
  readonly removal?: RemovalRow | undefined;
}

/** Entries as a station handed them over; of some only the hashes, in their places. */
export interface OfferedPage {
  readonly first: number;
  readonly entries: readonly (Uint8Array | MissingEntry)[];
  readonly head: Uint8Array;
}

/** An entry that stands in the log. */
export interface LogEntry {
  readonly index: number;
  readonly leafHash: Uint8Array;
  /** undefined when its body is missing */
  readonly bytes: Uint8Array | undefined;
  readonly missing?: MissingEntry;
}

/** What checking takes. */
export interface CheckPorts {
  readonly hasher: TreeHasher;
  readonly verify: Verifier;
  readonly nowMs: number;
  /** Asks the station for the consistency proof between two sizes. */
  readonly consistency: (from: number, to: number) => Promise<readonly Uint8Array[]>;
}

/** Why a page was refused. `proven`: two signed statements exclude each other, which no retry can heal. */
export interface PageFault {
  readonly code: string;
  readonly proven: boolean;
  readonly evidence: EvidenceRow;
}

/** A page's outcome. */
export type CheckedPage =
  | { readonly ok: true; readonly held: HeldHead; readonly entries: readonly LogEntry[] }
  | { readonly ok: false; readonly fault: PageFault };

const NOTHING = new Uint8Array(0);

function refused(fault: LogFault, page: OfferedPage): CheckedPage {
  const evidence = {
    code: fault.code,
    held: fault.held === undefined ? NOTHING : encodeStatement(fault.held, FULL_FORM),
    offered: fault.offered === undefined ? page.head : encodeStatement(fault.offered, FULL_FORM),
    contradiction: fault.contradiction === undefined ? NOTHING : encodeContradiction(fault.contradiction),
  };
  return { ok: false, fault: { code: fault.code, proven: fault.contradiction !== undefined, evidence } };
}

/**
 * Checks a page against what is held. Entries that are held already are left out: after a new `log.follow` a station may
 * still deliver what it had on its way.
 */
export async function checkPage(held: HeldHead, page: OfferedPage, ports: CheckPorts): Promise<CheckedPage> {
  const have = Math.max(0, Math.min(page.entries.length, held.range.size - page.first));
  const first = page.first + have;
  const entries = page.entries.slice(have).map((entry, at): LogEntry => {
    const index = first + at;
    if (!(entry instanceof Uint8Array)) return { index, bytes: undefined, leafHash: entry.leafHash, missing: entry };
    return { index, bytes: entry, leafHash: ports.hasher.leaf(entry) };
  });
  const leafHashes = entries.map((entry) => entry.leafHash);
  const offer = { first, leafHashes, head: page.head, nowMs: ports.nowMs };
  const checked = async (of: typeof offer): Promise<Awaited<ReturnType<typeof checkLogPage>>> => {
    const step = await checkLogPage(held, of, ports);
    if (step.fault?.code !== "log/incomplete" || step.fault.offered === undefined) return step;
    const consistency = await ports.consistency(held.range.size + entries.length, step.fault.offered.size);
    return checkLogPage(held, { ...of, consistency }, ports);
  };
  let step = await checked(offer);
  const newest = held.heads.at(-1);
  // Entries under the older head that they were signed with, of a log whose newer one is held: whoever read past missing bodies holds that.
  if (step.fault?.code === "log/stale" && entries.length > 0 && newest !== undefined) {
    step = await checked({ ...offer, head: encodeStatement(newest, FULL_FORM) });
  }
  if (step.fault === undefined) return { ok: true, held: step.state, entries };
  // Nothing new under an older head: a page that crossed with a newer one.
  if (step.fault.code === "log/stale" && entries.length === 0) return { ok: true, held, entries };
  return refused(step.fault, page);
}
