/* Finding a message wherever it stands, and waiting for the receipt of an own one. */
import { fromBase64Url } from "@chapar/wire/bytes";
import type { MessageIdText, ReceiptView } from "../api.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { Views } from "../views.ts";
import { type ConversationRow, receiptShelf, type WhereRow } from "./rows.ts";
import { whereOf } from "./where.ts";

/** A message and the conversation it is in. */
export interface FoundMessage {
  readonly id: Uint8Array;
  readonly row: ConversationRow;
  readonly where: WhereRow;
}

/** Receipts of own messages. */
export class Receipts {
  readonly #member: Member;
  readonly #views: Views;

  constructor(member: Member, views: Views) {
    this.#member = member;
    this.#views = views;
  }

  /** @throws ClientError `client/unknown-message` */
  async find(message: MessageIdText): Promise<FoundMessage> {
    const { store, book } = this.#member;
    const id = fromBase64Url(message);
    const where = await whereOf(store, id);
    const row = where && book.get(where.conversation);
    if (id === undefined || row === undefined || where === undefined) throw new ClientError("client/unknown-message");
    return { id, row, where };
  }

  /** Waits for a checked receipt. @throws ClientError `client/refused` · `client/unknown-message`; the signal's reason */
  async wait(message: MessageIdText, signal: AbortSignal): Promise<ReceiptView> {
    const { events, store } = this.#member;
    const { id, row, where } = await this.find(message);
    // Only what this device sent was ever receipted to it.
    if ((await this.#views.message(row, where))?.mine === false) throw new ClientError("client/unknown-message");
    const { receiptView } = await import("./receipt-view.ts");
    let found: ReceiptView | undefined;
    await events.until(async () => {
      const receipt = await receiptShelf.get(store, id);
      if (receipt !== undefined) found = receiptView(id, receipt);
      return found !== undefined || (await this.#isRefused(id));
    }, signal);
    if (found === undefined) throw new ClientError("client/refused");
    return found;
  }

  async #isRefused(id: Uint8Array): Promise<boolean> {
    const where = await whereOf(this.#member.store, id);
    const row = where && this.#member.book.get(where.conversation);
    if (row === undefined || where?.placed !== true) return false;
    return (await this.#views.message(row, where))?.state === "refused";
  }
}
