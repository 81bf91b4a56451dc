/*
 * One link to a peer as both sides count it (protocol/14-residency.md K-16, K-20). Frames come in the order in which they were sent, so a mark in
 * the stream is the same place for both:
 *
 *   exporter  … frames … mark n ──>              counts what it sent up to n, then signs
 *                        sent word n ──>         importer compares with what came up to n, signs what *it* has
 *                        <── received word n     both keep the pair
 */
import {
  type Amounts,
  decodeTally,
  egressKey,
  encodeEgressLine,
  equalAmounts,
  type EvidencePorts,
  signTally,
  type Tally,
  verifyTally,
} from "@chapar/evidence";
import type { Clock } from "@chapar/carrier";
import type { Notice, StationKey } from "@chapar/wire";
import { equalBytes, type Signer } from "@chapar/wire/bytes";
import type { Abroad, Crossing, CrossingNotes } from "./crossing.ts";
import { LinkTally } from "./tallies.ts";

/** Notices by which both sides settle. */
export type EgressNotice = Extract<Notice, { type: `egress.${string}` }>;

/** Marks that wait for their word; a peer that sets more is not answered. */
const MAX_MARKS = 16;

/** What a link's ledger is made with. */
export interface LinkLedgerParts {
  readonly self: StationKey;
  readonly peer: Abroad;
  /** 32 bytes, what the acceptor said */
  readonly link: Uint8Array;
  readonly evidence: EvidencePorts;
  readonly signer: Signer;
  readonly clock: Clock;
  /** sends a notice by the link; nothing when it has ended */
  readonly say: (notice: EgressNotice) => void;
  /** both signed: a line */
  readonly settled: (entry: { readonly key: Uint8Array; readonly value: Uint8Array }) => void;
  /** both signed, and not the same */
  readonly differs: () => void;
}

/** The ledger of one link. */
export class LinkLedger implements CrossingNotes {
  readonly tally: LinkTally = new LinkTally();
  readonly #parts: LinkLedgerParts;
  #number = 0;
  #saidLast: Amounts | undefined;
  readonly #said = new Map<number, { readonly amounts: Amounts; readonly word: Promise<Uint8Array> }>();
  readonly #heard = new Map<number, Amounts>();
  #heardNumber = 0;

  constructor(parts: LinkLedgerParts) {
    this.#parts = parts;
  }

  get peer(): Abroad {
    return this.#parts.peer;
  }

  get link(): Uint8Array {
    return this.#parts.link;
  }

  sent(crossing: Crossing): void {
    this.tally.sent(crossing);
  }

  received(crossing: Crossing): void {
    this.tally.received(crossing);
  }

  /** Says what was sent, when there is anything new to say. */
  settle(): void {
    const { sent } = this.tally.amounts();
    const isOld = this.#saidLast === undefined ? sum(sent) === 0 : equalAmounts(sent, this.#saidLast);
    if (isOld || this.#said.size >= MAX_MARKS) return;
    const number = ++this.#number;
    this.#saidLast = sent;
    // In the turn in which it was counted: nothing comes between the amounts and the mark.
    this.#parts.say({ type: "egress.mark", number });
    const { signer } = this.#parts;
    const word = signTally("sent", this.#fields(number, sent), signer);
    this.#said.set(number, { amounts: sent, word });
    word.then(
      (bytes) => this.#parts.say({ type: "egress.sent", word: bytes }),
      () => this.#said.delete(number),
    );
  }

  #fields(number: number, amounts: Amounts) {
    const { peer, link, clock } = this.#parts;
    return { other: peer.key, link, number, timeMs: clock.nowMs(), amounts };
  }

  /** Hears a notice of the other side. What is no word of its about this link is passed over. */
  hear(notice: EgressNotice): void {
    if (notice.type === "egress.mark") {
      if (notice.number <= this.#heardNumber || this.#heard.size >= MAX_MARKS) return;
      this.#heardNumber = notice.number;
      this.#heard.set(notice.number, this.tally.amounts().received);
      return;
    }
    const take = notice.type === "egress.sent" ? this.#hearSent(notice.word) : this.#hearReceived(notice.word);
    take.catch(() => undefined);
  }

  async #tally(kind: Tally["kind"], word: Uint8Array): Promise<Tally | undefined> {
    const { self, peer, link, evidence } = this.#parts;
    const decoded = decodeTally(kind, word);
    if (!decoded.ok) return undefined;
    const { value } = decoded;
    const isOurs = equalBytes(value.station, peer.key) && equalBytes(value.other, self) && equalBytes(value.link, link);
    return isOurs && (await verifyTally(value, evidence)) ? value : undefined;
  }

  async #hearSent(word: Uint8Array): Promise<void> {
    const bytes = word.slice();
    const tally = await this.#tally("sent", bytes);
    const amounts = tally && this.#heard.get(tally.number);
    if (tally === undefined || amounts === undefined) return;
    this.#heard.delete(tally.number);
    const { signer, self, peer } = this.#parts;
    const received = await signTally("received", this.#fields(tally.number, amounts), signer);
    this.#parts.say({ type: "egress.received", word: received });
    this.#settled(peer.key, self, { sent: bytes, received, isSame: equalAmounts(amounts, tally.amounts) });
  }

  async #hearReceived(word: Uint8Array): Promise<void> {
    const bytes = word.slice();
    const tally = await this.#tally("received", bytes);
    const said = tally && this.#said.get(tally.number);
    if (tally === undefined || said === undefined) return;
    this.#said.delete(tally.number);
    const { self, peer } = this.#parts;
    const isSame = equalAmounts(said.amounts, tally.amounts);
    this.#settled(self, peer.key, { sent: await said.word, received: bytes, isSame });
  }

  #settled(
    exporter: StationKey,
    importer: StationKey,
    { sent, received, isSame }: { readonly sent: Uint8Array; readonly received: Uint8Array; readonly isSame: boolean },
  ): void {
    const { link, evidence, settled, differs } = this.#parts;
    settled({ key: egressKey(exporter, importer, link, evidence.sha256), value: encodeEgressLine(sent, received) });
    if (!isSame) differs();
  }
}

const sum = (amounts: Amounts): number => Object.values(amounts).reduce((all, { objects }) => all + objects, 0);
