/*
 * Killing an engine between any two steps: a store that dies at its n-th write, just before it or just after it, and a
 * record of every frame that left with the ratchet it was sealed under.
 */
import type { Carrier, Link } from "@chapar/carrier";
import type { Mls } from "@chapar/e2e";
import { decodeEntry, decodeFrame, FrameReader } from "@chapar/wire";
import { toHex } from "@chapar/wire/bytes";
import { ClientError, type RangeQuery, type Store, type StoreOp, type StoreRow, type Table } from "../src/index.ts";

/** Dies at a write; from then on nothing works, as in a process that is gone. */
export class DyingStore implements Store {
  readonly #inner: Store;
  readonly #atWrite: number;
  readonly #when: "before" | "after";
  readonly #onDeath: () => void;
  writes = 0;
  isDead = false;

  constructor(inner: Store, atWrite: number, when: "before" | "after", onDeath: () => void) {
    this.#inner = inner;
    this.#atWrite = atWrite;
    this.#when = when;
    this.#onDeath = onDeath;
  }

  #alive(): void {
    if (this.isDead) throw new ClientError("client/store-failed", "dead");
  }

  async get(table: Table, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#alive();
    return this.#inner.get(table, key);
  }

  async range(table: Table, query: RangeQuery): Promise<readonly StoreRow[]> {
    this.#alive();
    return this.#inner.range(table, query);
  }

  async write(ops: readonly StoreOp[]): Promise<void> {
    this.#alive();
    this.writes += 1;
    const isLast = this.writes === this.#atWrite;
    if (!isLast || this.#when === "after") await this.#inner.write(ops);
    if (!isLast) return;
    this.isDead = true;
    this.#onDeath();
    this.#alive();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
  }
}

/** What left a device, and under which ratchet. */
export class Flight {
  /** frame (hex) → the ratchet records that sealing it left behind */
  readonly #sealed = new Map<string, string>();
  /** ratchet → frames that left under it */
  readonly left = new Map<string, Set<string>>();

  mls = (inner: Mls): Mls => ({
    ...inner,
    seal: async (group, content) => {
      const { groupId, epoch } = group;
      const step = await inner.seal(group, content);
      const writes = step.writes.map(({ key, value }) => `${key}=${toHex(value ?? new Uint8Array(0))}`).join(";");
      this.#sealed.set(toHex(step.frame), `${toHex(groupId)}/${epoch}/${writes}`);
      return step;
    },
  });

  /** A carrier that looks at what is sent. */
  carrier(inner: Carrier): Carrier {
    return {
      kind: inner.kind,
      handles: (route) => inner.handles(route),
      dial: async (route, options) => this.#watch(await inner.dial(route, options)),
    };
  }

  #watch(link: Link): Link {
    const reader = new FrameReader();
    const send = link.send.bind(link);
    link.send = (bytes) => {
      for (const frame of reader.push(bytes).frames) this.#frame(frame);
      send(bytes);
    };
    return link;
  }

  #frame(bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok || decoded.value.kind !== "request" || decoded.value.body.type !== "log.append") return;
    const entry = decodeEntry(decoded.value.body.entry);
    if (!entry.ok || entry.value.kind !== "message") return;
    const frame = toHex(entry.value.frame);
    const ratchet = this.#sealed.get(frame);
    // Notes in the log of backups stand in no group: they are of epoch 0, and no ratchet sealed them.
    if (ratchet === undefined && entry.value.epoch === 0) return;
    if (ratchet === undefined) throw new Error("a frame left that was never sealed");
    const frames = this.left.get(ratchet) ?? new Set();
    frames.add(frame);
    this.left.set(ratchet, frames);
  }

  /** Ratchets under which two different frames left: each is a key and nonce used twice. */
  get reused(): readonly string[] {
    return [...this.left].filter(([, frames]) => frames.size > 1).map(([ratchet]) => ratchet);
  }
}
