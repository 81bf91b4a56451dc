/* Where a forwarded letter is from, and where its file rests (C-38). */
import { identityId, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { MimiContent, UnknownExtension } from "@chapar/wire/content";
import { FORWARDED_KEY, forwardedValue, readForwarded } from "@chapar/wire/talk";
import type { Member } from "../core.ts";

/** The station that a forwarded letter names for its file; undefined when it names none. */
export function stationNamed(content: MimiContent): StationRef | undefined {
  const value = content.extensions.others.find(({ key }) => key === FORWARDED_KEY)?.value;
  const read = value && readForwarded(value);
  return read?.ok === true ? read.value.station : undefined;
}

/** The home of whoever wrote a letter, as far as it is known. */
async function homeOf({ contacts, profile }: Member, writer: Uint8Array): Promise<StationRef | undefined> {
  if (equalBytes(writer, profile.row.identity)) return profile.row.home.station;
  return (await contacts.get(writer))?.state.home.station;
}

/** The extension that says where a letter is from: as it said itself when it was forwarded before, else its writer. */
export async function originOf(
  member: Member,
  letter: {
    readonly content: MimiContent;
    readonly writer: Uint8Array;
    readonly name: string;
    readonly hasFile: boolean;
  },
): Promise<UnknownExtension> {
  const said = letter.content.extensions.others.find(({ key }) => key === FORWARDED_KEY);
  if (said !== undefined && readForwarded(said.value).ok) return { key: FORWARDED_KEY, value: said.value.slice() };
  const station = letter.hasFile ? await homeOf(member, letter.writer) : undefined;
  const value = forwardedValue({ writer: identityId(letter.writer), name: letter.name, station });
  return { key: FORWARDED_KEY, value };
}
