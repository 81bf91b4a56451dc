/* Entries of the own register that the other own devices have not been told yet (D-21, D-23), as letters. */
import { ByteReader, ByteWriter, equalBytes, utf8 } from "@chapar/wire/bytes";
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { OwnEntry } from "../own/register.ts";
import type { Draft } from "../store/shelf.ts";
import { tellOwn } from "./own-room.ts";

const MARK = utf8("own-told");
/** Bytes of the entries of one letter. */
const LETTER_BYTES = 24_000;
const ENTRY_OVERHEAD_BYTES = 64;

/** Everything written here up to this time was told. */
async function told({ store }: Member): Promise<number> {
  const bytes = await store.get("meta", MARK);
  return bytes === undefined ? 0 : new ByteReader(bytes).index();
}

function putTold(draft: Draft, atMs: number): void {
  draft.put("meta", MARK, new ByteWriter().index(atMs).finish());
}

/** A device was taken in: it is told everything, whoever wrote it. */
export function tellAll(draft: Draft): void {
  draft.remove("meta", MARK);
}

/** Whether something waits to be told. */
export async function hasUntold(member: Member): Promise<boolean> {
  const mark = await told(member);
  if (mark > 0 && member.own.writtenMs <= mark) return false;
  return (await untold(member)).length > 0;
}

async function untold(member: Member): Promise<readonly OwnEntry[]> {
  const mark = await told(member);
  const { device } = member.device.credential;
  const mine = member.own.entries().filter((entry) => mark === 0 || equalBytes(entry.device, device));
  return mine.filter(({ atMs }) => atMs > mark);
}

/** Queues what is untold. @returns the own room when something was queued */
export async function tellEntries(member: Member): Promise<ConversationRow | undefined> {
  const entries = await untold(member);
  if (entries.length === 0) return undefined;
  const upTo = entries.reduce((latest, { atMs }) => Math.max(latest, atMs), 0);
  return tellOwn(member, (draft) => {
    putTold(draft, upTo);
    return inLetters(entries).map((some) => ({ kind: "entries", entries: some }) as const);
  });
}

function inLetters(entries: readonly OwnEntry[]): readonly (readonly OwnEntry[])[] {
  const letters: OwnEntry[][] = [[]];
  let sizeBytes = 0;
  for (const entry of entries) {
    const entryBytes = utf8(entry.key).byteLength + (entry.value?.byteLength ?? 0) + ENTRY_OVERHEAD_BYTES;
    if (sizeBytes > 0 && sizeBytes + entryBytes > LETTER_BYTES) {
      letters.push([]);
      sizeBytes = 0;
    }
    letters.at(-1)?.push(entry);
    sizeBytes += entryBytes;
  }
  return letters;
}
