/* The platform of a lock in memory, which can be killed at its steps and started again with what it held. */
import { nodeCrypto } from "@chapar/e2e/node";
import type { Place } from "../lock/box.ts";
import type { LockPlatform, LockRecord, StoreAndVault } from "../lock/port.ts";
import { createVault } from "../node/key-file.ts";
import type { Store } from "../store/port.ts";
import type { Vault } from "../store/sealed.ts";
import { type MemoryMedium, MemoryStore } from "./memory-store.ts";

/** A vault over a place's key. */
export const vaultOver = (key: Uint8Array): Vault => createVault(key);

interface Plain {
  readonly medium: MemoryMedium;
  readonly key: Uint8Array;
}

/** Where it is killed: before that step. */
type Step = "clear" | "fill" | "moving" | "box" | "removed" | "end" | "stretch" | "destroy" | "never";

/** Stretching is one hash here: how long it takes on a real platform is not what these tests are about. */
export class MemoryPlatform implements LockPlatform {
  readonly crypto: ReturnType<typeof nodeCrypto> = nodeCrypto();
  now = 1_800_000_000_000;
  writes = 0;
  failWrites = false;
  dieAt: Step = "never";
  /** names of what was written or destroyed, in order */
  order: string[] = [];
  records = new Map<LockRecord, Uint8Array>();
  places = new Map<Place, MemoryMedium>();
  plain: Plain | undefined = { medium: new Map(), key: this.crypto.random(32) };

  #die(step: Step): void {
    if (this.dieAt === step) throw new Error(`killed at ${step}`);
  }

  /** The same medium under another process. */
  restarted(): MemoryPlatform {
    const next = new MemoryPlatform();
    next.now = this.now;
    next.records = new Map(this.records);
    next.places = this.places;
    next.plain = this.plain;
    return next;
  }

  nowMs(): number {
    return this.now;
  }
  async stretch(pin: string, salt: Uint8Array): Promise<Uint8Array> {
    this.#die("stretch");
    return this.crypto.hmac("sha256", salt, new TextEncoder().encode(pin));
  }
  async read(name: LockRecord): Promise<Uint8Array | undefined> {
    return this.records.get(name)?.slice();
  }
  async write(name: LockRecord, bytes: Uint8Array | undefined): Promise<void> {
    if (this.failWrites && name === "box") throw new Error("the disk is gone");
    if (name === "moving" || name === "box") this.#die(bytes === undefined ? "end" : name);
    this.writes += 1;
    this.order.push(name);
    if (bytes === undefined) this.records.delete(name);
    else this.records.set(name, bytes.slice());
  }
  async openPlace(place: Place): Promise<Store> {
    this.#die("fill");
    let medium = this.places.get(place);
    if (medium === undefined) this.places.set(place, (medium = new Map()));
    return new RawStore(medium);
  }
  async vaultOf(key: Uint8Array): Promise<Vault> {
    return vaultOver(key);
  }
  async clearPlace(place: Place): Promise<void> {
    this.#die("clear");
    this.places.delete(place);
  }
  async openPlain(): Promise<StoreAndVault & AsyncDisposable> {
    if (this.plain === undefined) throw new Error("there is none");
    const inner = new RawStore(this.plain.medium);
    return { inner, vault: vaultOver(this.plain.key), [Symbol.asyncDispose]: () => inner[Symbol.asyncDispose]() };
  }
  async removePlain(): Promise<void> {
    this.#die("removed");
    this.plain = undefined;
  }
  async destroy(): Promise<void> {
    this.#die("destroy");
    this.order.push("destroy");
    this.records.clear();
    this.places.clear();
    this.plain = undefined;
  }

  /** Every value that rests. */
  everything(): Uint8Array[] {
    const rows = [...this.places.values()].flatMap((medium) => [...medium.values()].flat());
    return [...this.records.values(), ...rows.flatMap(({ key, value }) => [key, value])];
  }
  /** Tables, lengths of keys and of values of a place, in an order that says nothing. */
  shapeOf(place: Place): readonly string[] {
    const medium = this.places.get(place) ?? new Map<string, never[]>();
    return [...medium.entries()]
      .flatMap(([table, rows]) => rows.map(({ key, value }) => `${table} ${key.byteLength} ${value.byteLength}`))
      .sort();
  }
  bytesOf(place: Place): string {
    const rows = [...(this.places.get(place)?.entries() ?? [])];
    return JSON.stringify(rows.map(([table, held]) => [table, held.map(({ key, value }) => [[...key], [...value]])]));
  }
}

/** What lies under a sealed store has keys that begin with hashes, of any length. */
class RawStore extends MemoryStore {
  protected override readonly checks: boolean = false;
}
