/*
 * One witnessed log, folded as it grows (S-16). What is known of it lies in the store: its identities as rows of a map of their own, and
 * one row that says how far it was read, written together. So memory does not grow with the log, and after a kill it goes on where
 * it was. Leaves are given in order and proved; here it is only whether they are true.
 *
 *   meta "audit <origin>"   u8 1 ‖ number of its map u64 ‖ why it is false u8, 0 for it is not ‖ opaque last epoch leaf ‖ opaque compact range
 */
import { CompactRange, createMapHasher, type MapEntry, type TreeHasher } from "@chapar/log";
import {
  decodeLedgerIdentity,
  decodeLedgerLeaf,
  encodeLedgerIdentity,
  type EpochLeaf,
  type LedgerLeaf,
} from "@chapar/wire";
import { ByteReader, ByteWriter } from "@chapar/wire/bytes";
import { bytesKey } from "../bytes-key.ts";
import { stationError } from "../errors.ts";
import { epochFalsehood, LOG_FALSEHOODS, type LogFalsehood } from "../ledger/auditor.ts";
import { StoredMap } from "../ledger/stored-map.ts";
import type { StationPorts } from "../ports.ts";
import type { Write } from "../store/port.ts";

const VERSION = 1;
const COUNTER = "audits";
const MAX_LEAF_BYTES = 2048;

interface Known {
  readonly number: number;
  readonly falsehood: LogFalsehood | undefined;
  readonly epochBytes: Uint8Array;
  readonly range: CompactRange;
}

function epochOf(bytes: Uint8Array): EpochLeaf | undefined {
  const decoded = decodeLedgerLeaf(bytes);
  return decoded.ok && decoded.value.kind === "epoch" ? decoded.value : undefined;
}

/** What is known of one log. */
export class LogAudit {
  readonly #ports: StationPorts;
  readonly #hasher: TreeHasher;
  readonly #name: string;
  readonly #map: StoredMap;
  #known: Known;

  private constructor(ports: StationPorts, parts: { hasher: TreeHasher; name: string; map: StoredMap; known: Known }) {
    this.#ports = ports;
    this.#hasher = parts.hasher;
    this.#name = parts.name;
    this.#map = parts.map;
    this.#known = parts.known;
  }

  /** Goes on with a log, or begins. Cost: its map's rows read and hashed once */
  static async open(ports: StationPorts, origin: string, hasher: TreeHasher): Promise<LogAudit> {
    const { store, sha256, clock } = ports;
    const name = `audit ${origin}`;
    const known = (await loadKnown(ports, name, hasher)) ?? (await begin(ports, hasher));
    const pause = (): Promise<void> => clock.sleep(0, new AbortController().signal);
    const tools = { hasher: createMapHasher(sha256), pause };
    const map = await StoredMap.open(`audit ${known.number}`, store.ledger, tools);
    return new LogAudit(ports, { hasher, name, map, known });
  }

  /** Leaves that were folded: up to an epoch. */
  get size(): number {
    return this.#known.range.size;
  }

  get range(): CompactRange {
    return this.#known.range;
  }

  /** Why the log is false, for good. */
  get falsehood(): LogFalsehood | undefined {
    return this.#known.falsehood;
  }

  /** The last epoch. */
  get epoch(): EpochLeaf | undefined {
    return epochOf(this.#known.epochBytes);
  }

  /**
   * Takes the leaves that follow, up to the last epoch among them; what is false is kept and answered, and nothing is taken any more.
   *
   * @param leaves  proved to be the log's
   * @throws StationError of the store: nothing more was taken, the next call may work
   */
  async take(leaves: readonly Uint8Array[]): Promise<LogFalsehood | undefined> {
    let range = this.#known.range.clone();
    let pending = new Map<string, { readonly entry: MapEntry; readonly opCount: number }>();
    for (const leaf of leaves) {
      if (this.falsehood !== undefined) break;
      range.append(this.#hasher.leaf(leaf));
      const decoded = decodeLedgerLeaf(leaf);
      if (!decoded.ok) await this.fail("bad-leaf");
      else if (decoded.value.kind === "identity-op") {
        if (!(await this.#takeOp(decoded.value, pending))) await this.fail("bad-sequence");
      } else if (decoded.value.kind === "epoch") {
        await this.#takeEpoch(leaf, decoded.value, { range, entries: [...pending.values()].map((one) => one.entry) });
        range = range.clone();
        pending = new Map();
      }
    }
    return this.falsehood;
  }

  async #takeOp(
    { identity, seq, commitment }: Extract<LedgerLeaf, { kind: "identity-op" }>,
    pending: Map<string, { readonly entry: MapEntry; readonly opCount: number }>,
  ): Promise<boolean> {
    const key = bytesKey(identity);
    const stored = pending.get(key) === undefined ? await this.#map.get(identity) : undefined;
    const held = stored && decodeLedgerIdentity(stored);
    const known = pending.get(key)?.opCount ?? (held?.ok === true ? held.value.opCount : 0);
    if (known !== seq) return false;
    const value = encodeLedgerIdentity({ opCount: seq + 1, commitment });
    pending.set(key, { entry: { key: identity.slice(), value }, opCount: seq + 1 });
    return true;
  }

  async #takeEpoch(
    epochBytes: Uint8Array,
    epoch: EpochLeaf,
    { range, entries }: { readonly range: CompactRange; readonly entries: readonly MapEntry[] },
  ): Promise<void> {
    const staged = await this.#map.stage(entries);
    const fold = { count: staged.count, root: staged.top.root() };
    const falsehood = epochFalsehood(epoch, this.epoch, fold);
    if (falsehood !== undefined) return await this.fail(falsehood);
    const known = { ...this.#known, epochBytes: epochBytes.slice(), range };
    await this.#ports.store.commit([...staged.writes, knownWrite(this.#name, known)]);
    this.#known = known;
    this.#map.advance(staged);
    await this.#map.grow();
  }

  /** Keeps that the log is false. @throws StationError of the store */
  async fail(falsehood: LogFalsehood): Promise<void> {
    const known = { ...this.#known, falsehood };
    await this.#ports.store.commit([knownWrite(this.#name, known)]);
    this.#known = known;
  }
}

function knownWrite(name: string, { number, falsehood, epochBytes, range }: Known): Write {
  const why = falsehood === undefined ? 0 : 1 + LOG_FALSEHOODS.indexOf(falsehood);
  const writer = new ByteWriter(512).u8(VERSION).index(number).u8(why).opaque(epochBytes).opaque(range.encode());
  return { kind: "meta", name, value: writer.finish() };
}

async function loadKnown({ store }: StationPorts, name: string, hasher: TreeHasher): Promise<Known | undefined> {
  const stored = await store.meta(name);
  if (stored === undefined) return undefined;
  const reader = new ByteReader(stored);
  const version = reader.u8();
  const number = reader.index();
  const why = reader.u8();
  const epochBytes = reader.opaque(MAX_LEAF_BYTES);
  const decoded = reader.finish(reader.opaque(MAX_LEAF_BYTES));
  const range = decoded.ok ? CompactRange.decode(decoded.value, hasher) : undefined;
  if (version !== VERSION || range?.ok !== true) throw stationError("station/ledger-damaged");
  return { number, falsehood: why === 0 ? undefined : LOG_FALSEHOODS[why - 1], epochBytes, range: range.value };
}

/** Gives a log that was not read before a map of its own; a number is never given twice. */
async function begin({ store }: StationPorts, hasher: TreeHasher): Promise<Known> {
  const stored = await store.meta(COUNTER);
  const number = (stored === undefined ? 0 : new ByteReader(stored).index()) + 1;
  await store.commit([{ kind: "meta", name: COUNTER, value: new ByteWriter(8).index(number).finish() }]);
  return { number, falsehood: undefined, epochBytes: new Uint8Array(0), range: new CompactRange(hasher) };
}
