/*
 * A running witness: the machine of step.ts with its ports attached. Answers add-checkpoint bodies; HTTP, the URL and the
 * disk are the station's.
 */
import { encodeNote, type NoteSignature } from "../note/note.ts";
import { cosign, type Cosigner } from "../note/cosignature.ts";
import type { VerifierKey } from "../note/key.ts";
import type { NotePrimitives } from "../note/verify.ts";
import { createTreeHasher, type TreeHasher } from "../tree/hash.ts";
import { type CosignedHead, openAddCheckpoint } from "./judge.ts";
import {
  refusalAnswer,
  startWitness,
  stepWitness,
  type WitnessAction,
  type WitnessAnswer,
  type WitnessInput,
  type WitnessState,
} from "./step.ts";

/** Where a witness keeps what it must never forget. */
export interface WitnessStore {
  /** All heads ever saved, the last of each origin. */
  load(): Promise<ReadonlyMap<string, CosignedHead>>;
  /** Resolves once the head is durable; a kill before that leaves the old head or the new one. */
  save(origin: string, head: CosignedHead): Promise<void>;
  /** Keeps a cosigned checkpoint for the monitoring prefix; may be lost in a kill. */
  publish(origin: string, checkpoint: Uint8Array): Promise<void>;
}

/** What a witness is made of. */
export interface WitnessConfig {
  /** trusted keys of each log, by origin */
  readonly logs: ReadonlyMap<string, readonly VerifierKey[]>;
  /** keys that cosign; at least one */
  readonly cosigners: readonly Cosigner[];
  readonly primitives: NotePrimitives;
  readonly store: WitnessStore;
  /** seconds since 1970 */
  readonly nowSeconds: () => bigint;
}

/**
 * A witness that answers requests.
 *
 * Open one at a time on a store: two on the same store could cosign inconsistent checkpoints.
 * @see tlog-witness · L-56 to L-58
 */
export class Witness {
  readonly #config: WitnessConfig;
  readonly #hasher: TreeHasher;
  readonly #answers: Map<number, (answer: WitnessAnswer) => void> = new Map();
  #state: WitnessState;
  #nextId = 0;

  private constructor(config: WitnessConfig, stored: ReadonlyMap<string, CosignedHead>) {
    this.#config = config;
    this.#hasher = createTreeHasher(config.primitives.sha256);
    this.#state = startWitness(stored);
  }

  /** Opens a witness on what its store holds. */
  static async open(config: WitnessConfig): Promise<Witness> {
    return new Witness(config, await config.store.load());
  }

  /** Answers an add-checkpoint body; never rejects. A failing store or signer is 503. */
  async addCheckpoint(body: Uint8Array): Promise<WitnessAnswer> {
    const opened = await openAddCheckpoint(body, this.#config.logs, this.#config.primitives);
    if (!opened.ok) return refusalAnswer(opened.code, 0);
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.#feed({ type: "request", request: { ...opened.value, id } });
    });
  }

  #feed(input: WitnessInput): void {
    const { state, actions } = stepWitness(this.#state, input, this.#hasher);
    this.#state = state;
    for (const action of actions) this.#perform(action);
  }

  #perform(action: WitnessAction): void {
    const { origin } = "origin" in action ? action : { origin: "" };
    switch (action.type) {
      case "store": {
        const feed = (isOk: boolean): void => this.#feed({ type: "stored", origin, isOk });
        this.#config.store.save(origin, action.head).then(
          () => feed(true),
          () => feed(false),
        );
        return;
      }
      case "sign": {
        const feed = (signatures: readonly NoteSignature[]): void => this.#feed({ type: "signed", origin, signatures });
        this.#cosign(action.text).then(feed, () => feed([]));
        return;
      }
      case "publish": {
        const note = encodeNote({ text: action.text, signatures: action.signatures });
        // Monitoring may lag; the cosigned head itself is durable already.
        this.#config.store.publish(origin, note).catch(() => undefined);
        return;
      }
      case "answer": {
        this.#answers.get(action.id)?.(action.answer);
        this.#answers.delete(action.id);
      }
    }
  }

  async #cosign(text: string): Promise<NoteSignature[]> {
    const now = this.#config.nowSeconds();
    return Promise.all(this.#config.cosigners.map((cosigner) => cosign(text, cosigner, now)));
  }
}
