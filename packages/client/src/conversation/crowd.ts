/* Groups in which devices say nothing by themselves (F-112): a thousand who each tell something of a message would be a thousand letters to everybody. */
import type { ConversationBook } from "./book.ts";
import type { ConversationRow } from "./rows.ts";

const MOST_WHO_TELL = 32;

/** Whether so many people are a crowd. */
export function areMany(people: number): boolean {
  return people > MOST_WHO_TELL;
}

/** Whether a conversation is a group of so many. */
export function isCrowd(book: ConversationBook, { id, kind }: Pick<ConversationRow, "id" | "kind">): boolean {
  return kind === "group" && areMany(book.roster(id)?.people.length ?? 0);
}
