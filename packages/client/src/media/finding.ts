/* The files of a message, wherever it stands, and where their chunks are to be had. */
import { fileOfPart, type SealedFile } from "@chapar/e2e";
import type { StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { cleanFileName } from "@chapar/wire/content";
import { type FirstSight, readContent, type ToldFile } from "../conversation/letter.ts";
import { toldFilesOf } from "../conversation/told-files.ts";
import { type ConversationRow, messageShelf, outboxShelf, whereShelf } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import { concatKey } from "../store/keys.ts";
import { stationNamed } from "../talk/origin.ts";

/** A file that can be fetched. */
export interface FoundFile {
  readonly file: SealedFile;
  readonly fileName: string;
  /** the station of whoever wrote it; undefined when it is the own home */
  readonly at: StationRef | undefined;
}

interface FoundLine {
  readonly files: readonly ToldFile[];
  readonly told: FirstSight | undefined;
  /** undefined: an own one */
  readonly sender: Uint8Array | undefined;
}

/** What a message tells of its files. */
export async function toldFiles(
  { store }: Pick<Member, "store">,
  row: ConversationRow,
  message: Uint8Array,
): Promise<FoundLine> {
  const where = await whereShelf.get(store, message);
  if (where === undefined) throw new ClientError("client/unknown-message");
  const key = concatKey(row.id, where.at);
  const line = where.placed ? await messageShelf.get(store, key) : await outboxShelf.get(store, key);
  const told = line && readContent(line.content);
  const sender = line !== undefined && "mine" in line && !line.mine ? line.sender : undefined;
  return { files: told === undefined ? [] : toldFilesOf(told), told, sender };
}

/**
 * Finds a file of a message.
 *
 * @throws ClientError `client/not-available` there is none of that number · `client/bad-attachment` what is told of it cannot be true
 */
export async function findFile(
  member: Pick<Member, "store" | "contacts" | "profile">,
  row: ConversationRow,
  message: Uint8Array,
  index: number,
): Promise<FoundFile> {
  const { files, sender, told } = await toldFiles(member, row, message);
  const found = files[index];
  if (found === undefined) throw new ClientError("client/not-available");
  const read = fileOfPart(found.part);
  if (!read.ok) throw new ClientError("client/bad-attachment", read.code);
  // A file that was sent on rests where it did (C-38).
  const named = told?.saysMore === true ? stationNamed(told.content) : undefined;
  const home = sender === undefined ? undefined : await homeOf(member, sender);
  const at = elsewhere(member, named) ?? (named === undefined ? home : undefined);
  return { file: read.value.file, fileName: cleanFileName(found.part.filename), at };
}

async function homeOf(
  { contacts, profile }: Pick<Member, "contacts" | "profile">,
  person: Uint8Array,
): Promise<StationRef | undefined> {
  return elsewhere({ profile }, (await contacts.get(person))?.state.home.station);
}

/** A station, unless it is the own home. */
function elsewhere({ profile }: Pick<Member, "profile">, station: StationRef | undefined): StationRef | undefined {
  return station !== undefined && equalBytes(station.key, profile.row.home.station.key) ? undefined : station;
}
