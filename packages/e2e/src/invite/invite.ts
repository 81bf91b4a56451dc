/*
 * What an invite says, and its bytes. An invite is read before anything about its writer is known, often from a message or a
 * sheet of paper that went through many hands: it carries a checksum against damage (not against forgery: whoever can change an
 * invite can make one), and everything in it that will be shown comes out clean. Layout: protocol/3-identity.md §6.
 */
import { type Home, ID_SIZE_BYTES, type IdentityId, identityId, isRouteUrl, readHome, writeHome } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, type Sha256, utf8 } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import type { E2eCode } from "../errors.ts";

const INVITE_VERSION = 1;
const KINDS = ["station", "person"] as const;
const CHECKSUM_BYTES = 4;
const CHECKSUM_LABEL = utf8("chapar invite v1");
const KNOCK_BYTES = 16;
const MAX_STATION_NAME_BYTES = 128;
const MAX_TOKEN_BYTES = 64;
const MAX_PERSON_NAME_BYTES = 256;
const MAX_FIELDS = 16;
const MAX_FIELD_BYTES = 512;
/** Field 1: one more route to the station, as a URI. */
const ROUTE_FIELD = 1;

/** The largest invite in bytes; longer input is refused before it is read. */
export const MAX_INVITE_BYTES = 12_288;

/** What an invite to a person adds. */
export interface InvitedPerson {
  readonly identity: IdentityId;
  /** as `cleanName` leaves it */
  readonly name: string;
  /** 16 random bytes by which the inviter recognises who comes */
  readonly knock: Uint8Array;
}

/** An invite: to a station, and through it perhaps to a person whose home it is. */
export interface Invite {
  readonly home: Home;
  /** as `cleanName` leaves it, or empty */
  readonly stationName: string;
  /** at most 64 bytes; empty when sign-up needs none */
  readonly token: Uint8Array;
  readonly person: InvitedPerson | undefined;
  /** further routes to the station, as URIs */
  readonly routes: readonly string[];
}

/** The outcome of reading an invite. */
export type InviteResult<T> =
  | { readonly ok: true; readonly value: T }
  | {
      readonly ok: false;
      readonly code: Extract<
        E2eCode,
        "e2e/not-an-invite" | "e2e/damaged-invite" | "e2e/unknown-invite" | "e2e/look-alike-invite"
      >;
    };

const DAMAGED = { ok: false, code: "e2e/damaged-invite" } as const;
const UNKNOWN = { ok: false, code: "e2e/unknown-invite" } as const;

function checksum(bytes: Uint8Array, sha256: Sha256): Uint8Array {
  return sha256(concatBytes(CHECKSUM_LABEL, bytes)).slice(0, CHECKSUM_BYTES);
}

function clean(name: string, maxBytes: number): string {
  if (cleanName(name) !== name || utf8(name).byteLength > maxBytes)
    throw new RangeError("a name that is not clean, or too long");
  return name;
}

function writePerson(writer: ByteWriter, { identity, name, knock }: InvitedPerson): void {
  if (knock.byteLength !== KNOCK_BYTES) throw new RangeError("a knock has 16 bytes");
  writer.bytes(identityId(identity)).text(clean(name, MAX_PERSON_NAME_BYTES)).bytes(knock);
}

/** The bytes of an invite. @throws RangeError on names that are not clean, a token above 64 bytes, or a malformed route */
export function encodeInvite(invite: Invite, sha256: Sha256): Uint8Array<ArrayBuffer> {
  if (invite.token.byteLength > MAX_TOKEN_BYTES) throw new RangeError("a token of more than 64 bytes");
  if (invite.routes.length > MAX_FIELDS || !invite.routes.every(isRouteUrl))
    throw new RangeError("routes that do not fit");
  const writer = new ByteWriter()
    .u8(INVITE_VERSION)
    .u8(KINDS.indexOf(invite.person === undefined ? "station" : "person"));
  writeHome(writer, invite.home);
  writer.text(invite.stationName === "" ? "" : clean(invite.stationName, MAX_STATION_NAME_BYTES)).opaque(invite.token);
  if (invite.person !== undefined) writePerson(writer, invite.person);
  writer.list(invite.routes, (out, route) => out.varint(ROUTE_FIELD).opaque(utf8(route)));
  const bytes = writer.finish();
  return concatBytes(bytes, checksum(bytes, sha256));
}

interface Field {
  readonly id: number;
  readonly value: Uint8Array;
}

function readFields(reader: ByteReader): Field[] {
  let last = 0;
  return reader.list(MAX_FIELDS, (item) => {
    const start = item.offset;
    const id = item.varint();
    if (id < last) item.fail("wire/not-canonical", start);
    last = id;
    return { id, value: item.opaque(MAX_FIELD_BYTES) };
  });
}

/** Routes of the known field; undefined when one is malformed. */
function routesOf(fields: readonly Field[]): string[] | undefined {
  const routes = fields.filter(({ id }) => id === ROUTE_FIELD).map(({ value }) => String.fromCharCode(...value));
  return routes.every(isRouteUrl) ? routes : undefined;
}

function readPerson(reader: ByteReader): InvitedPerson {
  const identity = reader.bytes(ID_SIZE_BYTES.identity).slice();
  const name = reader.text(MAX_PERSON_NAME_BYTES);
  const knock = reader.bytes(KNOCK_BYTES).slice();
  // After a failed read the value is dropped; it only has to be of the right type.
  return { identity: identityId(reader.failed ? new Uint8Array(ID_SIZE_BYTES.identity) : identity), name, knock };
}

/** Cleans the names of what was read; a name with nothing to show means that nobody made this invite in earnest. */
function presentable(invite: Invite): InviteResult<Invite> {
  const stationName = invite.stationName === "" ? "" : cleanName(invite.stationName);
  if (stationName === undefined) return DAMAGED;
  if (invite.person === undefined) return { ok: true, value: { ...invite, stationName } };
  const name = cleanName(invite.person.name);
  return name === undefined
    ? DAMAGED
    : { ok: true, value: { ...invite, stationName, person: { ...invite.person, name } } };
}

/**
 * Reads an invite from untrusted bytes. Never throws.
 *
 * @returns copies, names clean; `e2e/damaged-invite` for a wrong checksum or form, `e2e/unknown-invite` for a version, kind or
 * even field that this program does not know
 * @see protocol/3-identity.md I-30 to I-34
 */
export function decodeInvite(bytes: Uint8Array, sha256: Sha256): InviteResult<Invite> {
  if (bytes.byteLength <= CHECKSUM_BYTES || bytes.byteLength > MAX_INVITE_BYTES) return DAMAGED;
  const own = bytes.slice();
  const signed = own.subarray(0, -CHECKSUM_BYTES);
  // Every version keeps the version first and the checksum last, so damage is told from novelty.
  if (!equalBytes(checksum(signed, sha256), own.subarray(-CHECKSUM_BYTES))) return DAMAGED;
  const reader = new ByteReader(signed);
  if (reader.u8() !== INVITE_VERSION) return UNKNOWN;
  const kind = KINDS[reader.u8()];
  if (kind === undefined) return UNKNOWN;
  const home = readHome(reader);
  const stationName = reader.text(MAX_STATION_NAME_BYTES);
  const token = reader.opaque(MAX_TOKEN_BYTES);
  const person = kind === "person" ? readPerson(reader) : undefined;
  const fields = readFields(reader);
  if (!reader.finish(undefined).ok) return DAMAGED;
  if (fields.some(({ id }) => id !== ROUTE_FIELD && id % 2 === 0)) return UNKNOWN;
  const routes = routesOf(fields);
  return routes === undefined ? DAMAGED : presentable({ home, stationName, token, person, routes });
}
