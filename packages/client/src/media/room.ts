/*
 * What the shelf may take: above that it lets go of what was used longest ago (F-145). What can be fetched again is all that goes: never what is being
 * sent, never what is on its way here or was read just now.
 */
import type { Member } from "../core.ts";
import { HeldPieces } from "./held.ts";
import type { MediaPlatform } from "./ports.ts";
import { uploadShelf } from "./rows.ts";

/** Whoever reads piece by piece comes back for the next one within this. */
const READ_MS = 60_000;

/** Room on the shelf. */
export class ShelfRoom {
  readonly #member: Member;
  readonly #platform: MediaPlatform;
  readonly #coming = new Set<string>();
  readonly #readAtMs = new Map<string, number>();

  constructor(member: Member, platform: MediaPlatform) {
    this.#member = member;
    this.#platform = platform;
  }

  /** Does the work while nothing of this file goes. @param name  on the shelf */
  async during<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.#coming.add(name);
    try {
      return await work();
    } finally {
      this.#coming.delete(name);
    }
  }

  /** Something of a file was read. */
  read(name: string): void {
    this.#readAtMs.set(name, this.#member.clock.nowMs());
  }

  /** Lets go of what is above the measure. A shelf that fails to is told of and tried again with the next file (F-144). */
  async make(): Promise<void> {
    try {
      await this.#make();
    } catch (error) {
      this.#member.failed(error);
    }
  }

  async #make(): Promise<void> {
    const { shelf, cacheBytes } = this.#platform;
    const { store, sha256, clock } = this.#member;
    const held = await shelf.list();
    let total = held.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    if (total <= cacheBytes) return;
    const stays = new Set(this.#coming);
    for (const { value } of await uploadShelf.range(store, {})) stays.add(new HeldPieces(shelf, value, sha256).name);
    for (const [name, atMs] of this.#readAtMs) if (clock.nowMs() - atMs < READ_MS) stays.add(name);
    const usedAtMs = ({ name, usedAtMs: writtenAtMs }: (typeof held)[number]): number =>
      Math.max(writtenAtMs, this.#readAtMs.get(name) ?? 0);
    for (const { name, sizeBytes } of [...held].sort((a, b) => usedAtMs(a) - usedAtMs(b))) {
      if (total <= cacheBytes) return;
      if (stays.has(name) || this.#coming.has(name)) continue;
      await shelf.remove(name);
      this.#readAtMs.delete(name);
      total -= sizeBytes;
    }
  }
}
