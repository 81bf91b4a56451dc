/*
 * Messages whose files are still being sealed (F-160): their words and the names of their files are on the disk before the first file is read. What
 * stands there when a device begins again was cut off, and becomes a line that says so (F-161).
 */
import { ID_SIZE_BYTES } from "@chapar/wire";
import { textPart } from "@chapar/wire/content";
import { concatBytes } from "@chapar/wire/bytes";
import { composeContent, contentId } from "../conversation/letter.ts";
import { Placer } from "../conversation/placer.ts";
import type { ConversationRow, MessageRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";
import { preparingShelf } from "./rows.ts";

const NUMBER_BYTES = 8;

/** A message that is being prepared. */
export interface Preparing {
  /** Puts into the letter's transaction that it is prepared. */
  done(draft: Draft): void;
  /** It will not be sent, and whoever asked was told. */
  over(): Promise<void>;
}

/** What a person sees of a message whose files are not sealed: the words, and a line for each file. */
function shownText(text: string, names: readonly string[]): string {
  return [text, ...names].filter((line) => line !== "").join("\n");
}

/** Notes what is about to be prepared, before anything of it is read. Cost: one transaction. */
export async function beginPreparing(
  { store, clock, random }: Member,
  row: ConversationRow,
  text: string,
  names: readonly string[],
): Promise<Preparing> {
  const key = concatBytes(row.id, random(NUMBER_BYTES));
  const draft = new Draft();
  preparingShelf.put(draft, key, { text: shownText(text, names), writtenAtMs: clock.nowMs() });
  await draft.commit(store);
  return {
    done: (letter) => preparingShelf.remove(letter, key),
    over: async () => {
      const gone = new Draft();
      preparingShelf.remove(gone, key);
      await gone.commit(store);
    },
  };
}

/** Says of everything that an earlier run of this device was cut off in that it was not sent. Nothing may be in preparation yet. */
export async function tellCutShort(member: Member): Promise<void> {
  const { store, book, events, random, sha256, device } = member;
  const sender = device.credential.identity;
  for (const { key, value } of await preparingShelf.range(store, {})) {
    const { text, writtenAtMs } = value;
    const id = key.slice(0, ID_SIZE_BYTES.conversation);
    await book.lane(id).run(async () => {
      const draft = new Draft();
      preparingShelf.remove(draft, key);
      const row = book.get(id);
      if (row !== undefined) {
        const content = composeContent(textPart(text), { random, writtenAtMs });
        const message = contentId(content, { sender, conversation: row.id, sha256 });
        const placer = new Placer(row, draft, store, events);
        placer.received(cutShort({ id: message, content, sender, writtenAtMs, arrivedAtMs: writtenAtMs }));
        book.put(draft, placer.row);
      }
      await draft.commit(store);
    });
  }
}

function cutShort(of: Pick<MessageRow, "id" | "content" | "sender" | "writtenAtMs" | "arrivedAtMs">): MessageRow {
  return { kind: "message", mine: true, state: "refused", code: "client/cut-short", index: 0, entries: 1, ...of };
}
