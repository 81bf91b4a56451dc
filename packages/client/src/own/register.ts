/*
 * What follows a person to their other devices (read marks, mutes, folders, drafts …), as a register of keys: the newest entry of a
 * key wins, by (time, device), so that devices that have seen the same entries hold the same register, in whatever order they came.
 * Times are a hybrid logical clock (Kulkarni et al., *Logical Physical Clocks*, OPODIS 2014): an entry is later than every one seen
 * before it, also when the device's clock went back.
 */
import type { Clock } from "@chapar/carrier";
import { equalBytes, type Sha256, toHex, utf8 } from "@chapar/wire/bytes";
import { blob, count, fields, optional, row, text } from "../store/record.ts";
import type { Store } from "../store/port.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";

/** Longest key, in characters. */
const MAX_KEY_CHARS = 200;
/** Longest value. */
export const MAX_VALUE_BYTES = 16_384;

/** One key as last written. */
export interface OwnEntry {
  /** `part/…`: the part that owns it says what stands behind the slash */
  readonly key: string;
  /** undefined: removed, which is remembered so that an older entry cannot bring it back */
  readonly value: Uint8Array | undefined;
  /** ms since 1970 or later than what was seen, whichever is more */
  readonly atMs: number;
  /** 32 bytes: who wrote it */
  readonly device: Uint8Array;
}

/** `own`: by hash of the key. */
const ownShelf: Shelf<OwnEntry> = shelf(
  "own",
  row<OwnEntry>(1, fields<OwnEntry>({ key: text, value: optional(blob), atMs: count, device: blob })),
);

/** Told of entries once they are on disk. */
export type OwnChanged = (entry: OwnEntry, from: "here" | "elsewhere") => void;

/** The register of one profile, in memory and on disk. */
export class OwnRegister {
  readonly #clock: Clock;
  readonly #sha256: Sha256;
  readonly #device: Uint8Array;
  /** entries by the part of their key up to its last slash, so that asking for a few does not cost a step for each of the others */
  readonly #folders = new Map<string, Map<string, OwnEntry>>();
  /** what drafts that are not written yet hold: of two entries of a key in one of them the newer stays */
  readonly #coming = new WeakMap<Draft, Map<string, OwnEntry>>();
  readonly #listeners = new Set<OwnChanged>();
  #latestMs = 0;
  #writtenMs = 0;

  private constructor(core: { readonly clock: Clock; readonly sha256: Sha256 }, device: Uint8Array) {
    this.#clock = core.clock;
    this.#sha256 = core.sha256;
    this.#device = device;
  }

  /** Reads all of it. Cost: O(entries). */
  static async load(
    core: { readonly store: Store; readonly clock: Clock; readonly sha256: Sha256 },
    device: Uint8Array,
  ): Promise<OwnRegister> {
    const register = new OwnRegister(core, device);
    for (const { value } of await ownShelf.range(core.store, {})) register.#keep(value);
    return register;
  }

  /** The value of a key; undefined when it has none or was removed. */
  get(key: string): Uint8Array | undefined {
    return this.#held(key)?.value;
  }

  /** Time of the newest entry that this device wrote; 0: it wrote none. */
  get writtenMs(): number {
    return this.#writtenMs;
  }

  /** Entries whose keys begin with `prefix`, removed ones included, in the order of their keys. Cost: O(what is found · log), and a step a folder */
  entries(prefix = ""): readonly OwnEntry[] {
    const found: OwnEntry[] = [];
    for (const [folder, entries] of this.#folders) {
      const isWhole = folder.startsWith(prefix);
      if (!isWhole && !prefix.startsWith(folder)) continue;
      for (const entry of entries.values()) if (isWhole || entry.key.startsWith(prefix)) found.push(entry);
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  #held(key: string): OwnEntry | undefined {
    return this.#folders.get(folderOf(key))?.get(key);
  }

  /** Writes a key within a transaction; `undefined` removes it. Key and value are within the limits above. */
  put(draft: Draft, key: string, value: Uint8Array | undefined): void {
    this.#latestMs = Math.max(this.#clock.nowMs(), this.#latestMs + 1);
    this.#write(draft, { key, value, atMs: this.#latestMs, device: this.#device }, "here");
  }

  /** Takes an entry of another device; an older one than what is held, or one beyond the limits, changes nothing. @returns whether it was taken */
  take(draft: Draft, entry: OwnEntry): boolean {
    if (entry.key.length > MAX_KEY_CHARS || (entry.value?.byteLength ?? 0) > MAX_VALUE_BYTES) return false;
    const held = this.#coming.get(draft)?.get(entry.key) ?? this.#held(entry.key);
    this.#latestMs = Math.max(this.#latestMs, entry.atMs);
    if (held !== undefined && !isNewer(entry, held)) return false;
    this.#write(draft, entry, "elsewhere");
    return true;
  }

  subscribe(listener: OwnChanged): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #write(draft: Draft, entry: OwnEntry, from: "here" | "elsewhere"): void {
    const coming = this.#coming.get(draft) ?? new Map<string, OwnEntry>();
    this.#coming.set(draft, coming.set(entry.key, entry));
    ownShelf.put(draft, this.#sha256(utf8(entry.key)), entry);
    draft.after(() => {
      this.#keep(entry);
      for (const listener of this.#listeners) listener(entry, from);
    });
  }

  #keep(entry: OwnEntry): void {
    this.#latestMs = Math.max(this.#latestMs, entry.atMs);
    if (equalBytes(entry.device, this.#device)) this.#writtenMs = Math.max(this.#writtenMs, entry.atMs);
    const held = this.#held(entry.key);
    if (held !== undefined && !isNewer(entry, held)) return;
    const folder = folderOf(entry.key);
    const entries = this.#folders.get(folder) ?? new Map<string, OwnEntry>();
    this.#folders.set(folder, entries.set(entry.key, entry));
  }
}

const folderOf = (key: string): string => key.slice(0, key.lastIndexOf("/") + 1);

/** Whether an entry wins over another one of its key. */
export function isNewer(entry: OwnEntry, held: OwnEntry): boolean {
  if (entry.atMs !== held.atMs) return entry.atMs > held.atMs;
  return toHex(entry.device) > toHex(held.device);
}
