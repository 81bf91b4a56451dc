/*
 * Settings of the chat list as rows of the own register (protocol/11-chats.md §1): one key for each thing decided, so that devices
 * that decide different things at once lose none of them.
 */
import { cleanName } from "@chapar/wire/content";
import { idText } from "@chapar/wire";
import { isClientError } from "../errors.ts";
import type { OwnRegister } from "../own/register.ts";
import { blob, count, fields, list, type Row, row, text } from "../store/record.ts";
import type { Draft } from "../store/shelf.ts";

/** What is decided about one conversation. */
export type ChatKey = "pin" | "mute" | "archive" | "unread" | "draft";

/** A folder as it is kept. */
export interface FolderRow {
  readonly name: string;
  readonly place: number;
  readonly conversations: readonly Uint8Array[];
}

const numberRow = row<number>(1, count);
const textRow = row<string>(1, text);
const folderRow = row<FolderRow>(1, fields<FolderRow>({ name: text, place: count, conversations: list(blob) }));
const FOLDER_PREFIX = "folder/";
/** Code points of a folder's name are those of any name (C-9). */
const cleaned = (name: string): string => cleanName(name) ?? "";

/** A row that does not decode is as if it were not there (N-1): it may be a later program's. */
function decoded<T>(layout: Row<T>, value: Uint8Array | undefined): T | undefined {
  if (value === undefined) return undefined;
  try {
    return layout.decode(value);
  } catch (error) {
    if (isClientError(error, "client/bad-profile")) return undefined;
    throw error;
  }
}

const keyOf = (what: ChatKey, conversation: Uint8Array): string => `chat/${what}/${idText(conversation)}`;

/** The settings of one profile. */
export class ChatSettings {
  readonly #own: OwnRegister;

  constructor(own: OwnRegister) {
    this.#own = own;
  }

  /** A time, an index, or 1 for a mark. */
  number(what: Exclude<ChatKey, "draft">, conversation: Uint8Array): number | undefined {
    return decoded(numberRow, this.#own.get(keyOf(what, conversation)));
  }

  putNumber(draft: Draft, what: Exclude<ChatKey, "draft">, conversation: Uint8Array, value: number | undefined): void {
    const key = keyOf(what, conversation);
    if (value === undefined && this.#own.get(key) === undefined) return;
    this.#own.put(draft, key, value === undefined ? undefined : numberRow.encode(value));
  }

  draft(conversation: Uint8Array): string | undefined {
    return decoded(textRow, this.#own.get(keyOf("draft", conversation)));
  }

  putDraft(draft: Draft, conversation: Uint8Array, value: string | undefined): void {
    if (this.draft(conversation) === value) return;
    this.#own.put(draft, keyOf("draft", conversation), value === undefined ? undefined : textRow.encode(value));
  }

  /** Folders by id, in their order. */
  folders(): readonly (readonly [id: string, folder: FolderRow])[] {
    const found = this.#own.entries(FOLDER_PREFIX).flatMap(({ key, value }) => {
      const folder = decoded(folderRow, value);
      const name = folder && cleaned(folder.name);
      if (folder === undefined || name === undefined || name === "") return [];
      return [[key.slice(FOLDER_PREFIX.length), { ...folder, name }] as const];
    });
    return found.sort(([a, one], [b, other]) => one.place - other.place || (a < b ? -1 : 1));
  }

  putFolder(draft: Draft, id: string, folder: FolderRow | undefined): void {
    this.#own.put(draft, FOLDER_PREFIX + id, folder === undefined ? undefined : folderRow.encode(folder));
  }
}
