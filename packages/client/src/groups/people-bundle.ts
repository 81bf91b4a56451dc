/*
 * People as members pass them on to those who cannot know them (F-64): a name as it is known here, and the op chain, which proves itself.
 *
 *   people = list<4096> of (name text<256>, ops list<256> of opaque<8192>)
 */
import type { IdentityState } from "@chapar/wire";
import { ByteReader, ByteWriter, type Decoded, utf8 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import { isClientError } from "../errors.ts";
import type { Member } from "../core.ts";
import type { Draft } from "../store/shelf.ts";

const MAX_PEOPLE = 4096;
const MAX_NAME_BYTES = 256;
const MAX_OPS = 256;
const MAX_OP_BYTES = 8192;

/** Somebody as another passes them on. */
export interface ToldPerson {
  readonly name: string;
  readonly ops: readonly Uint8Array[];
}

/** Bytes of people. */
export function encodePeople(people: readonly ToldPerson[]): Uint8Array {
  return new ByteWriter(1024)
    .list(people, (to, { name, ops }) => to.text(name).list(ops, (ops_, op) => ops_.opaque(op)))
    .finish();
}

/** How much one takes. */
export function sizeOf({ name, ops }: ToldPerson): number {
  return 8 + utf8(name).byteLength + ops.reduce((sum, op) => sum + op.byteLength + 4, 0);
}

/** Reads people from a member's bytes. */
export function readPeople(reader: ByteReader): readonly ToldPerson[] {
  return reader.list(MAX_PEOPLE, (from) => ({
    name: from.text(MAX_NAME_BYTES),
    ops: from.list(MAX_OPS, (ops) => ops.opaque(MAX_OP_BYTES).slice()),
  }));
}

/** As `readPeople`, of whole bytes. */
export function decodePeople(bytes: Uint8Array): Decoded<readonly ToldPerson[]> {
  const reader = new ByteReader(bytes);
  return reader.finish(readPeople(reader));
}

/** Somebody as this device knows them; undefined when it does not. */
export async function tellPerson(member: Member, identity: Uint8Array): Promise<ToldPerson | undefined> {
  const { profile, contacts } = member;
  if (identity.every((byte, at) => byte === profile.row.identity[at])) {
    return { name: profile.row.name, ops: profile.row.ops };
  }
  const contact = await contacts.get(identity);
  return contact && { name: contact.name, ops: contact.state.ops.map(({ bytes }) => bytes) };
}

/** Those whom this device knows. */
export async function tellPeople(member: Member, people: readonly Uint8Array[]): Promise<readonly ToldPerson[]> {
  const told: ToldPerson[] = [];
  for (const identity of people) {
    const person = await tellPerson(member, identity);
    if (person !== undefined) told.push(person);
  }
  return told;
}

/** Believes for the moment whatever chains prove themselves, and puts them into a draft; a name stands until its person tells their own. */
export async function learnPeople(
  member: Member,
  draft: Draft,
  people: readonly ToldPerson[],
): Promise<readonly IdentityState[]> {
  const { contacts, profile } = member;
  const learned: IdentityState[] = [];
  for (const { name, ops } of people) {
    const identity = contacts.identityOf(ops);
    if (identity === undefined || identity.every((byte, at) => byte === profile.row.identity[at])) continue;
    try {
      const state = await contacts.learn(ops, identity);
      const held = (await contacts.get(identity))?.name ?? "";
      contacts.put(draft, state, held === "" ? (cleanName(name) ?? "") : held);
      learned.push(state);
    } catch (error) {
      // Older than what is held, forked or nobody's: it changes nothing here.
      if (!isClientError(error)) throw error;
    }
  }
  return learned;
}
