/*
 * Reading past bodies that are not there (R-23, E-17): the station signs what became of each, with the leaf hashes, so that the log
 * is verified past them. What the station may not do with a body that it owes is a bundle of shape 6.
 */
import {
  accuseManifest,
  type Bundle,
  decodeManifest,
  type Manifest,
  type ManifestFault,
  type ManifestItem,
  openLeafClaim,
  verifyManifest,
} from "@chapar/evidence";
import { decodeReceipt, encodeStatement, FULL_FORM, type SignedStatement } from "@chapar/log";
import { idText, ledgerLogKey, type LogId, MAX_MANIFEST_ITEMS } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { RemovalRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { MissingEntry } from "../sync/check-page.ts";
import { concatKey } from "../store/keys.ts";
import { ask } from "../trust/asking.ts";
import { unsettledShelf } from "../trust/head-watch.ts";
import { keptShelf } from "./kept-rows.ts";
import type { ReaderKey, Readers } from "./readers.ts";

/** Manifests of one log that are kept until the bodies come. */
const SIGNED_KEPT = 8;

/** What is asked about. */
export interface ManifestRange {
  readonly log: LogId;
  readonly first: number;
  readonly count: number;
  /** statements of the log that are held: what shows that a body expired early */
  readonly statements: readonly SignedStatement[];
}

/** What a station says of a range, and what of it is false. */
export interface Explained {
  readonly entries: readonly MissingEntry[];
  readonly bundles: readonly Bundle[];
  /** removals whose tombstone did not come */
  readonly unlogged: number;
}

interface Said {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

interface Item extends Said {
  readonly offset: number;
  readonly item: ManifestItem;
}

type Fate = Pick<MissingEntry, "reason" | "removal"> & {
  readonly bundle?: Bundle | undefined;
  readonly unlogged?: true;
};

/** Asks what became of bodies. */
export class Manifests {
  readonly #member: Member;
  readonly #readers: Readers;
  /** what was signed of bodies that were not given, by log: held against the bodies when they come from elsewhere */
  readonly #signed = new Map<string, readonly Said[]>();

  constructor(member: Member, readers: Readers) {
    this.#member = member;
    this.#readers = readers;
  }

  /** @returns undefined when the station does not say of the whole range */
  async explain(link: StationLink, range: ManifestRange): Promise<Explained | undefined> {
    const { log, first, count } = range;
    const reader = await this.#readers.of(log);
    const entries: MissingEntry[] = [];
    const bundles: Bundle[] = [];
    let unlogged = 0;
    while (entries.length < count) {
      const at = first + entries.length;
      const said = await this.#ask(link, log, reader, at, Math.min(MAX_MANIFEST_ITEMS, count - entries.length));
      if (said === undefined || said.manifest.items.length === 0) return undefined;
      const before = this.#signed.get(idText(log)) ?? [];
      this.#signed.set(idText(log), [...before, said].slice(-SIGNED_KEPT));
      for (const [offset, item] of said.manifest.items.entries()) {
        const fate = await this.#fate(link, range, { ...said, offset, item }, reader);
        entries.push({ leafHash: item.leafHash.slice(), reason: fate.reason, removal: fate.removal });
        if (fate.bundle !== undefined && bundles.length === 0) bundles.push(fate.bundle);
        if (fate.unlogged === true) unlogged += 1;
      }
    }
    return { entries, bundles, unlogged };
  }

  async #ask(
    link: StationLink,
    log: LogId,
    reader: ReaderKey | undefined,
    first: number,
    count: number,
  ): Promise<Said | undefined> {
    const request = { type: "log.manifest", log, reader: reader?.publicKey, first, count } as const;
    const answer = await ask(link, request, "log.manifest");
    const bytes = answer?.manifest.slice();
    const decoded = bytes && decodeManifest(bytes);
    if (bytes === undefined || decoded?.ok !== true) return undefined;
    const manifest = decoded.value;
    const isAnswer =
      equalBytes(manifest.station, link.hello.station) &&
      equalBytes(manifest.log, log) &&
      manifest.first === first &&
      manifest.items.length <= count;
    return isAnswer && (await verifyManifest(manifest, this.#member.evidence)) ? { manifest, bytes } : undefined;
  }

  async #fate(link: StationLink, range: ManifestRange, found: Item, reader: ReaderKey | undefined): Promise<Fate> {
    const { status } = found.item;
    const index = found.manifest.first + found.offset;
    const other = await this.#receipted(link, range.log, index, reader, found);
    if (other !== undefined) return { reason: status === "present" ? "withheld" : status, bundle: other };
    // It says that it has it, and does not give it.
    if (status === "present") return { reason: "withheld" };
    const at = await this.#alone(link, range.log, reader, found);
    if (at?.item.status !== status) return { reason: status };
    if (status === "removed") return this.#removed(link, range, at);
    if (status === "pruned") {
      const word = reader?.word;
      if (word === undefined || word.byteLength === 0) return { reason: status };
      return { reason: status, bundle: await this.#accuse(link, at, { reason: "pruned-early", word }) };
    }
    const earlier = range.statements.filter(({ size }) => size <= index).at(-1);
    if (earlier === undefined) return { reason: status };
    const statement = encodeStatement(earlier, FULL_FORM);
    return { reason: status, bundle: await this.#accuse(link, at, { reason: "expired-early", statement }) };
  }

  /** An own receipt for the place names another entry than the manifest does. */
  async #receipted(
    link: StationLink,
    log: LogId,
    index: number,
    reader: ReaderKey | undefined,
    found: Item,
  ): Promise<Bundle | undefined> {
    const row = await unsettledShelf.get(this.#member.store, concatKey(log, index));
    const receipt = row && decodeReceipt(row.claim);
    if (receipt?.ok !== true || receipt.value.index !== index) return undefined;
    if (equalBytes(receipt.value.leafHash, found.item.leafHash)) return undefined;
    const statement = encodeStatement(receipt.value, FULL_FORM);
    return this.#otherLeaf(link, log, reader, found, { statement, inclusion: undefined });
  }

  async #otherLeaf(
    link: StationLink,
    log: LogId,
    reader: ReaderKey | undefined,
    found: Item,
    shown: Omit<Extract<ManifestFault, { readonly reason: "other-leaf" }>, "reason">,
  ): Promise<Bundle | undefined> {
    const at = await this.#alone(link, log, reader, found);
    return at && (await this.#accuse(link, at, { reason: "other-leaf", ...shown }));
  }

  /**
   * Bodies came that were not given before: what the station had signed about their places is held against them.
   *
   * @param statement  a signed head that covers them
   */
  async compare(link: StationLink, log: LogId, statement: SignedStatement): Promise<readonly Bundle[]> {
    const signed = this.#signed.get(idText(log)) ?? [];
    const bundles: Bundle[] = [];
    for (const said of signed) {
      const last = said.manifest.first + said.manifest.items.length;
      if (last > statement.size) continue;
      for (const [offset, item] of said.manifest.items.entries()) {
        const bundle = await this.#mismatch(link, log, statement, { ...said, offset, item });
        if (bundle !== undefined && bundles.length === 0) bundles.push(bundle);
      }
    }
    const left = signed.filter(({ manifest }) => manifest.first + manifest.items.length > statement.size);
    if (left.length < signed.length) this.#signed.set(idText(log), left);
    return bundles;
  }

  async #mismatch(link: StationLink, log: LogId, statement: SignedStatement, found: Item): Promise<Bundle | undefined> {
    const { store, hasher } = this.#member;
    const index = found.manifest.first + found.offset;
    const kept = await keptShelf.get(store, concatKey(log, index));
    const leafHash = kept && hasher.leaf(kept.entry);
    if (leafHash === undefined || equalBytes(leafHash, found.item.leafHash)) return undefined;
    const request = { type: "log.inclusion", log, index, size: statement.size } as const;
    const proof = (await ask(link, request, "log.hashes"))?.hashes;
    if (proof === undefined) return undefined;
    const shown = { statement: encodeStatement(statement, FULL_FORM), inclusion: { other: leafHash, proof } };
    return this.#otherLeaf(link, log, await this.#readers.of(log), found, shown);
  }

  /** The tombstone stands in the log of the station that says so (E-15), with the law and the order it names. */
  async #removed(link: StationLink, range: ManifestRange, at: Item): Promise<Fate> {
    const { sha256, evidence } = this.#member;
    const { station, region } = link.hello;
    const place = at.manifest.tombstones.find(({ offset }) => offset === at.offset);
    const request = { type: "ledger.leaf", at: undefined, index: place?.ledgerIndex ?? 0 } as const;
    const claim = place && (await ask(link, request, "ledger.leaf"));
    const opened = claim && (await openLeafClaim(claim, station, evidence));
    if (claim === undefined || opened?.ok !== true) return { reason: "removed", unlogged: true };
    const { leaf } = opened.value;
    const isIt =
      leaf.kind === "tombstone" &&
      equalBytes(leaf.log, ledgerLogKey(range.log, sha256)) &&
      leaf.index === at.manifest.first + at.offset &&
      equalBytes(leaf.leafHash, at.item.leafHash);
    if (isIt) {
      const removal: RemovalRow = { region, reason: leaf.reason, reference: leaf.reference };
      return { reason: "removed", removal };
    }
    const shown = { leaf: claim.leaf.slice(), proof: claim.proof.slice() };
    const bundle = await this.#accuse(link, at, { reason: "no-tombstone", leaf: shown });
    return { reason: "removed", bundle, ...(bundle === undefined && { unlogged: true as const }) };
  }

  async #accuse(link: StationLink, at: Item, fault: ManifestFault): Promise<Bundle | undefined> {
    const made = await accuseManifest(
      { manifest: at.bytes, item: 0, fault },
      link.hello.station,
      this.#member.evidence,
    );
    return made.ok ? made.value : undefined;
  }

  /** A bundle has room for a manifest of one item: it is asked for by itself (E-32). */
  async #alone(link: StationLink, log: LogId, reader: ReaderKey | undefined, at: Item): Promise<Item | undefined> {
    if (at.manifest.items.length === 1) return at;
    const said = await this.#ask(link, log, reader, at.manifest.first + at.offset, 1);
    const item = said?.manifest.items[0];
    return said === undefined || item === undefined ? undefined : { ...said, offset: 0, item };
  }
}
