/*
 * The checkpoint of a station log: signed when the tree is durable, shown to the witnesses, published with what they said.
 * It is kept in the store, so a station that starts again serves the cosignatures it had.
 */
import {
  encodeCheckpoint,
  encodeCheckpointText,
  makeVerifierKey,
  monitorPath,
  NoteAlgorithm,
  openCheckpoint,
  signNote,
  type Checkpoint,
  type Note,
  type NotePrimitives,
  type NoteSignature,
  type VerifierKey,
} from "@chapar/log";
import { decodeLedgerLeaf, ledgerOrigin, stationKey } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { stationError } from "../errors.ts";
import type { StationPorts } from "../ports.ts";
import { LEDGER_CHECKPOINT_NAME } from "./state.ts";
import type { TileLog } from "./tile-log.ts";
import { WitnessLine, type WitnessParty, type Witnessing } from "./witnesses.ts";

/** How long a round waits for witnesses that usually answer (S-21). */
const ROUND_LIMIT_MS = 5_000;
/** Age at which a checkpoint is cosigned anew though nothing has changed (S-11). */
const COSIGN_AGAIN_MS = 60_000;

/** A checkpoint that clients are given, and the epoch it ends with. */
export interface Published {
  readonly checkpoint: Checkpoint;
  readonly note: Note;
  /** the epoch leaf's bytes */
  readonly leaf: Uint8Array;
  /** its number */
  readonly epoch: number;
}

/** What is signed: a log, and which of the station's it is (E-3). */
interface CheckpointsOf {
  readonly log: TileLog;
  readonly generation: number;
}

/** Signs, has witnessed and publishes checkpoints of one log. */
export class Checkpoints {
  readonly #ports: StationPorts;
  readonly #log: TileLog;
  readonly #post: Witnessing["post"];
  readonly #mayShow: NonNullable<Witnessing["mayShow"]>;
  readonly #peek: Witnessing["peek"];
  /** the key of the generation after this one: whoever shows it has seen that this one ended (E-3) */
  readonly #nextKey: VerifierKey;
  #isChecked = false;
  readonly key: VerifierKey;
  #lines: WitnessLine[];
  #published: Published | undefined;
  #cosignedAtMs = 0;
  readonly #asking = new Set<Promise<void>>();

  private constructor(ports: StationPorts, { log, generation }: CheckpointsOf, witnessing: Witnessing) {
    this.#ports = ports;
    this.#log = log;
    this.#post = witnessing.post;
    this.#peek = witnessing.peek;
    this.key = ledgerKey(ports, generation);
    this.#nextKey = ledgerKey(ports, generation + 1);
    this.#mayShow = witnessing.mayShow ?? (() => true);
    this.#lines = this.#lawful(witnessing.witnesses).map((party) => new WitnessLine(party, ports, witnessing.post));
  }

  /** Opens with the checkpoint that was published last, when it is of the log as it is. */
  static async open(ports: StationPorts, of: CheckpointsOf, witnessing: Witnessing): Promise<Checkpoints> {
    const { log } = of;
    const checkpoints = new Checkpoints(ports, of, witnessing);
    const stored = await ports.store.meta(LEDGER_CHECKPOINT_NAME);
    if (stored === undefined) return checkpoints;
    const primitives: NotePrimitives = { sha256: ports.sha256, ed25519: ports.verify };
    const opened = await openCheckpoint(stored, [checkpoints.key], primitives);
    if (!opened.ok) throw stationError("station/ledger-damaged");
    const { checkpoint, note } = opened.value;
    // Signed for a longer or another tree than the one on disk: the folder is not the one that signed.
    if (checkpoint.size > log.size) throw stationError("station/ledger-damaged");
    if (checkpoint.size < log.size) return checkpoints;
    if (!equalBytes(checkpoint.root, log.root)) throw stationError("station/ledger-damaged");
    checkpoints.#published = { checkpoint, note, ...(await checkpoints.#epochAt(checkpoint.size)) };
    return checkpoints;
  }

  /** What clients are given; undefined before the first. */
  get published(): Published | undefined {
    return this.#published;
  }

  /** The published note's bytes. */
  get bytes(): Uint8Array | undefined {
    const published = this.#published;
    return published && encodeCheckpoint(published.checkpoint, published.note.signatures);
  }

  /** Witnesses, and how each answered last. */
  get witnesses(): readonly WitnessLine[] {
    return this.#lines;
  }

  /** The witnesses that may be shown checkpoints. */
  #lawful(parties: readonly WitnessParty[]): readonly WitnessParty[] {
    return parties.filter((party) => this.#mayShow(party.region ?? ""));
  }

  /** The witnesses from the next round on; of those that stay, what is known stays. */
  setWitnesses(parties: readonly WitnessParty[]): void {
    const heldBy = (party: WitnessParty): WitnessLine | undefined =>
      this.#lines.find(
        (line) => equalBytes(line.party.key.publicKey, party.key.publicKey) && line.party.url === party.url,
      );
    this.#lines = this.#lawful(parties).map(
      (party) => heldBy(party) ?? new WitnessLine(party, this.#ports, this.#post),
    );
  }

  /** When a witness cosigned the published checkpoint, by its own word, in ms; undefined when it has not. */
  cosignedAtMs(key: VerifierKey): number | undefined {
    const held = this.#published?.note.signatures.find((one) => one.name === key.name && one.keyId === key.keyId);
    return held && Number(new DataView(held.signature.buffer, held.signature.byteOffset, 8).getBigUint64(0)) * 1000;
  }

  /** Whether there is a newer tree, a witness missing, or nothing was cosigned for a while. */
  isDue(): boolean {
    const published = this.#published;
    if (published?.checkpoint.size !== this.#log.size) return true;
    if (this.#lines.length === 0) return false;
    const isOld = this.#ports.clock.nowMs() - this.#cosignedAtMs >= COSIGN_AGAIN_MS;
    return isOld || this.#lines.some((line) => !hasCosigned(published.note, line.party.key));
  }

  /**
   * Whether the log may be signed: false when a witness shows a checkpoint under our own signature that this log does not lead to,
   * for then the folder is an older copy of itself, and signing would be a second history (S-19). A witness's word is not enough for
   * that; one that cannot be reached is not waited for.
   */
  async mayPublish(signal: AbortSignal): Promise<boolean> {
    if (this.#isChecked || this.#peek === undefined) return true;
    const asked = this.#lines.flatMap(({ party }) => [this.key, this.#nextKey].map((key) => ({ party, key })));
    const seen = await Promise.all(asked.map(({ party, key }) => this.#seenBy(party, key, signal)));
    for (const one of seen) {
      const isHeld = one?.origin === this.key.name && (await this.#log.holds(one.size, one.root));
      if (one === undefined || isHeld) continue;
      this.#ports.observer.note("ledger behind its witness");
      return false;
    }
    this.#isChecked = true;
    return true;
  }

  /** Our own checkpoint as a witness shows it, if it does. */
  async #seenBy(party: WitnessParty, key: VerifierKey, signal: AbortSignal): Promise<Checkpoint | undefined> {
    const { clock, sha256, verify } = this.#ports;
    const limit = new AbortController();
    const stop = (): void => limit.abort();
    signal.addEventListener("abort", stop, { once: true });
    const late = clock.sleep(ROUND_LIMIT_MS, limit.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      const asked = this.#peek?.(`${party.url}/${monitorPath(key.name, sha256)}`, limit.signal);
      const bytes = await Promise.race([asked?.catch(() => undefined), late]);
      const opened = bytes && (await openCheckpoint(bytes, [key], { sha256, ed25519: verify }));
      const isOurs = opened?.ok === true && opened.value.checkpoint.origin === key.name;
      return isOurs ? opened.value.checkpoint : undefined;
    } finally {
      signal.removeEventListener("abort", stop);
      stop();
    }
  }

  async #epochAt(size: number): Promise<{ leaf: Uint8Array; epoch: number }> {
    const leaf = await this.#log.leaf(size - 1);
    const decoded = decodeLedgerLeaf(leaf);
    if (!decoded.ok || decoded.value.kind !== "epoch") throw stationError("station/ledger-damaged");
    return { leaf, epoch: decoded.value.number };
  }

  /**
   * Signs the log as it is durable, asks every witness, and publishes.
   *
   * @param onPublish  called in the moment in which a tree that was not published before is
   */
  async publish(signal: AbortSignal, onPublish: () => void): Promise<void> {
    const { clock } = this.#ports;
    const held = this.#published;
    const isNew = held?.checkpoint.size !== this.#log.size;
    const next = isNew || held === undefined ? await this.#sign() : held;
    const isOld = isNew || clock.nowMs() - this.#cosignedAtMs >= COSIGN_AGAIN_MS;
    const collected = new Map<string, NoteSignature>();
    const take = (signatures: readonly NoteSignature[]): void => {
      for (const one of signatures) collected.set(`${one.name} ${one.keyId}`, one);
    };
    await this.#round(
      next,
      this.#lines.filter((line) => !line.isAsking && (isOld || !hasCosigned(next.note, line.party.key))),
      take,
      signal,
    );
    if (signal.aborted && collected.size === 0) return;
    if (collected.size > 0 || this.#lines.length === 0) this.#cosignedAtMs = clock.nowMs();
    await this.#set({ ...next, note: merged(next.note, [...collected.values()]) }, isNew ? onPublish : undefined);
  }

  async #sign(): Promise<Published> {
    const checkpoint = { origin: this.key.name, size: this.#log.size, root: this.#log.root };
    const epoch = await this.#epochAt(checkpoint.size);
    const text = encodeCheckpointText(checkpoint);
    const signature = await signNote(text, this.key, this.#ports.signer);
    return { checkpoint, note: { text, signatures: [signature] }, ...epoch };
  }

  /** Asks witnesses at once; resolves when the prompt ones have answered or the round is over. */
  async #round(
    next: Published,
    lines: readonly WitnessLine[],
    take: (signatures: readonly NoteSignature[]) => void,
    signal: AbortSignal,
  ): Promise<void> {
    let isOver = false;
    const submission = {
      note: next.note,
      size: next.checkpoint.size,
      consistency: (from: number, to: number) => this.#log.consistency(from, to),
    };
    const prompt: Promise<void>[] = [];
    for (const line of lines) {
      const { isPrompt } = line;
      const ask = async (): Promise<void> => {
        try {
          const signatures = await line.ask(submission, signal);
          if (isOver) await this.#late(next, signatures);
          else take(signatures);
        } catch {
          // The store could not be read for a proof, or written: the next round asks again.
        }
      };
      const tracked = ask().finally(() => this.#asking.delete(tracked));
      this.#asking.add(tracked);
      if (isPrompt) prompt.push(tracked);
    }
    const done = new AbortController();
    const limit = this.#ports.clock.sleep(ROUND_LIMIT_MS, done.signal).catch(() => undefined);
    await Promise.race([Promise.all(prompt), limit]);
    done.abort();
    isOver = true;
  }

  /** A cosignature that came after its round: still good while its checkpoint is the published one. */
  async #late(of: Published, signatures: readonly NoteSignature[]): Promise<void> {
    const published = this.#published;
    if (signatures.length === 0 || published?.note.text !== of.note.text) return;
    await this.#set({ ...published, note: merged(published.note, signatures) });
  }

  async #set(next: Published, onPublish?: () => void): Promise<void> {
    const value = encodeCheckpoint(next.checkpoint, next.note.signatures);
    await this.#ports.store.commit([{ kind: "meta", name: LEDGER_CHECKPOINT_NAME, value }]);
    onPublish?.();
    this.#published = next;
  }

  /** Resolves when no witness is being asked. */
  async idle(): Promise<void> {
    await Promise.all(this.#asking);
  }
}

/** The key of a station's log, as verifiers know it. */
export function ledgerKey(ports: Pick<StationPorts, "signer" | "sha256">, generation: number): VerifierKey {
  const { publicKey } = ports.signer;
  const origin = ledgerOrigin(stationKey(publicKey), generation);
  return makeVerifierKey(origin, NoteAlgorithm.ed25519, publicKey, ports.sha256);
}

function hasCosigned(note: Note, key: VerifierKey): boolean {
  return note.signatures.some((one) => one.name === key.name && one.keyId === key.keyId);
}

/** A note with further signatures, each key once, the newest of each. */
function merged(note: Note, signatures: readonly NoteSignature[]): Note {
  const isReplaced = (one: NoteSignature): boolean =>
    signatures.some((other) => other.name === one.name && other.keyId === one.keyId);
  return { ...note, signatures: [...note.signatures.filter((one) => !isReplaced(one)), ...signatures] };
}
