/*
 * Repair secrets: what members of an epoch seal requests and answers under (§7). Kept for 30 days after their epoch began, so
 * that a member who stayed behind, because a commit was withheld, can still be heard.
 */
import type { Mls, MlsGroup } from "@chapar/e2e";
import { conversationId, type ConversationId } from "@chapar/wire";
import { equalBytes, type Sha256, toHex } from "@chapar/wire/bytes";
import { concatKey, lastU64 } from "../store/keys.ts";
import type { Store } from "../store/port.ts";
import { blob, count, fields, row } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";
import { repairTag } from "./tag.ts";

const LABEL = "chapar repair";
const NO_CONTEXT = new Uint8Array(0);
const SECRET_BYTES = 32;
const CONVERSATION_BYTES = 20;
/** For how long, and for how many epochs, a device that was away may still ask to be let in (10-devices.md D-15). */
const AWAY_MS = 220 * 86_400_000;
const AWAY_EPOCHS = 256;
/** Secrets of a conversation that are given together. */
const LATEST = 3;
/** For how long secrets, entries and letters are kept. */
export const KEPT_MS: number = 30 * 86_400_000;

interface SecretRow {
  readonly secret: Uint8Array;
  readonly atMs: number;
}

/** `repair-secret`: by conversation id and epoch. */
const secretShelf: Shelf<SecretRow> = shelf(
  "repair-secret",
  row<SecretRow>(1, fields<SecretRow>({ secret: blob, atMs: count })),
);

/** Puts a secret into a draft: one that another device of the person kept (10-devices.md D-41). */
export function putRepairSecret(draft: Draft, conversation: ConversationId, epoch: number, row: SecretRow): void {
  secretShelf.put(draft, concatKey(conversation, epoch), row);
}

/** A secret and what it is of. */
export interface RepairSecret {
  readonly conversation: ConversationId;
  readonly epoch: number;
  readonly secret: Uint8Array;
  readonly atMs: number;
}

/** The secrets of all conversations, by tag. */
export class RepairSecrets {
  readonly #mls: Mls;
  readonly #sha256: Sha256;
  readonly #byTag = new Map<string, RepairSecret>();
  readonly #known = new Set<string>();

  private constructor(mls: Mls, sha256: Sha256) {
    this.#mls = mls;
    this.#sha256 = sha256;
  }

  /** Reads all rows. Cost: O(epochs of 30 days). */
  static async load(store: Store, mls: Mls, sha256: Sha256): Promise<RepairSecrets> {
    const book = new RepairSecrets(mls, sha256);
    for (const { key, value } of await secretShelf.range(store, {})) {
      const conversation = conversationId(key.slice(0, CONVERSATION_BYTES));
      book.#hold({ conversation, epoch: lastU64(key), ...value });
    }
    return book;
  }

  #hold(secret: RepairSecret): void {
    this.#byTag.set(toHex(repairTag(secret.secret, this.#sha256)), secret);
    this.#known.add(nameOf(secret.conversation, secret.epoch));
  }

  /** The secret that a tag names. */
  ofTag(tag: Uint8Array): RepairSecret | undefined {
    return this.#byTag.get(toHex(tag));
  }

  /** The newest secrets of a conversation, newest first. */
  latest(conversation: ConversationId): readonly RepairSecret[] {
    const all = [...this.#byTag.values()].filter((one) => equalBytes(one.conversation, conversation));
    return all.sort((a, b) => b.epoch - a.epoch).slice(0, LATEST);
  }

  /** Whether a secret is of the newest epoch that is known of its conversation. */
  isNewest({ conversation, epoch }: RepairSecret): boolean {
    return this.latest(conversation)[0]?.epoch === epoch;
  }

  /** The secret of the group's epoch. */
  async of(group: MlsGroup): Promise<Uint8Array> {
    return this.#mls.exportSecret(group, LABEL, NO_CONTEXT, SECRET_BYTES);
  }

  /** Keeps the secret of the epoch that a group is in, once. */
  async keep(draft: Draft, conversation: ConversationId, group: MlsGroup, atMs: number): Promise<void> {
    const { epoch } = group;
    if (this.#known.has(nameOf(conversation, epoch))) return;
    const secret = await this.of(group);
    secretShelf.put(draft, concatKey(conversation, epoch), { secret, atMs });
    draft.after(() => this.#hold({ conversation, epoch, secret, atMs }));
  }

  /** Lets go of what is older than a device may be away, but for each conversation's newest. */
  retire(draft: Draft, nowMs: number): void {
    const newest = new Map<string, number>();
    for (const { conversation, epoch } of this.#byTag.values()) {
      const name = toHex(conversation);
      newest.set(name, Math.max(newest.get(name) ?? 0, epoch));
    }
    for (const [tag, { conversation, epoch, atMs }] of this.#byTag) {
      const last = newest.get(toHex(conversation)) ?? epoch;
      const isKept = nowMs - atMs <= (last - epoch < AWAY_EPOCHS ? AWAY_MS : KEPT_MS);
      if (isKept || last === epoch) continue;
      secretShelf.remove(draft, concatKey(conversation, epoch));
      draft.after(() => this.#byTag.delete(tag));
    }
  }
}

function nameOf(conversation: Uint8Array, epoch: number): string {
  return `${toHex(conversation)}/${epoch}`;
}
