/*
 * The leaf of the own newest op in the home's log. Epochs that are not whole say nothing about time, so no word contradicts them;
 * a leaf that stands before them in the same log does (shape 9). It is looked for once, when an epoch first has the op, among the leaves
 * just before that epoch, and kept.
 */
import {
  accuseFold,
  type Bundle,
  type CheckedClaim,
  type LeafClaim,
  type MapClaim,
  openLeafClaim,
} from "@chapar/evidence";
import type { LedgerIdentity } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { Draft, shelf, type Shelf } from "../store/shelf.ts";
import { ask } from "./asking.ts";
import type { Subject } from "./chain-word.ts";
import { elsewhere } from "./judging.ts";

/** Leaves looked at: more than a minute of a station in which few sign up. A leaf and its proof are about one kilobyte. */
const LEAVES_LOOKED_AT = 24;

interface OpLeafRow {
  readonly opCount: number;
  readonly leaf: Uint8Array;
  readonly proof: Uint8Array;
}

/** `op-leaf`: by identity id; the leaf of the own newest op, as the station signed it. */
const opLeafShelf: Shelf<OpLeafRow> = shelf(
  "op-leaf",
  row<OpLeafRow>(1, fields<OpLeafRow>({ opCount: count, leaf: blob, proof: blob })),
);

/** What an epoch has of the own identity. */
export interface OwnLogged {
  readonly claim: MapClaim;
  readonly logged: CheckedClaim<LedgerIdentity>;
}

/** Keeps the leaf of the own newest op and holds epochs against it. */
export class OwnLeaf {
  readonly #member: Member;
  /** op counts whose leaf was looked for in this run */
  readonly #lookedFor = new Set<number>();

  constructor(member: Member) {
    this.#member = member;
  }

  /** The bundle, when an epoch does not have what a leaf before it says. */
  async hold({ identity, station }: Subject, { claim }: OwnLogged): Promise<Bundle | undefined> {
    const held = await opLeafShelf.get(this.#member.store, identity);
    if (held === undefined) return undefined;
    const { leaf, proof } = held;
    const made = await accuseFold({ leaf: { leaf, proof }, claim }, station.key, this.#member.evidence);
    return made.ok ? made.value : undefined;
  }

  /** Looks for the leaf of the newest op that an epoch has. */
  async find(link: StationLink, subject: Subject, { logged }: OwnLogged): Promise<void> {
    const { store } = this.#member;
    const opCount = logged.value?.opCount ?? 0;
    const held = await opLeafShelf.get(store, subject.identity);
    if (opCount === 0 || opCount <= (held?.opCount ?? 0) || this.#lookedFor.has(opCount)) return;
    this.#lookedFor.add(opCount);
    const first = Math.max(0, logged.index - LEAVES_LOOKED_AT);
    for (let index = logged.index - 1; index >= first; index--) {
      const claim = await this.#leaf(link, subject, index, opCount - 1);
      if (claim === "end") return;
      if (claim === undefined) continue;
      const draft = new Draft();
      opLeafShelf.put(draft, subject.identity, { opCount, ...claim });
      return draft.commit(store);
    }
  }

  async #leaf(
    link: StationLink,
    { key, station }: Subject,
    index: number,
    seq: number,
  ): Promise<LeafClaim | "end" | undefined> {
    const answer = await ask(link, { type: "ledger.leaf", at: elsewhere(link, station), index }, "ledger.leaf");
    if (answer === undefined) return "end";
    const claim = { leaf: answer.leaf.slice(), proof: answer.proof.slice() };
    const opened = await openLeafClaim(claim, station.key, this.#member.evidence);
    if (!opened.ok || opened.value.leaf.kind !== "identity-op") return undefined;
    const { leaf } = opened.value;
    return equalBytes(leaf.identity, key) && leaf.seq === seq ? claim : undefined;
  }
}
