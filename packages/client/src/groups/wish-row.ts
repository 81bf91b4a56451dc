/* Changes of groups that a person wants: kept until they are done, so that a restart, a lost race or a dead link costs nothing but a try. */
import type { ConversationId, IdentityId, LogId, StationRef } from "@chapar/wire";
import { stationRefField } from "../profile/profile-row.ts";
import { concatKey, lastU64 } from "../store/keys.ts";
import type { Store } from "../store/port.ts";
import { blob, count, type FieldCodec, fields, flag, id, list, oneOf, optional, row, text } from "../store/record.ts";
import { type Draft, shelf, type Shelf } from "../store/shelf.ts";
import type { LinkState } from "./group-state.ts";
import type { Role } from "./roster-row.ts";

/**
 * What is wanted. `use`: somebody came by a link and is let in; `devices`: a person's leaves are to be as their chain has it (F-100); `week`: the
 * key that was brought is to be taken in (F-116).
 */
export type Wanted = "add" | "remove" | "role" | "title" | "policy" | "link" | "unlink" | "use" | "devices" | "week";

/** Somebody who is to be added, and where their keys are had. */
export interface WantedPerson {
  readonly identity: IdentityId;
  readonly station: StationRef;
}

/** A key package that was taken and is not used up. */
export interface TakenPackage {
  readonly identity: IdentityId;
  readonly inbox: LogId;
  readonly station: StationRef;
  readonly ref: Uint8Array;
  readonly bytes: Uint8Array;
  /** of `devices`; empty otherwise */
  readonly device: Uint8Array;
}

/** A device that is to be welcomed. */
export interface WelcomeTo {
  readonly inbox: LogId;
  readonly station: StationRef;
  readonly ref: Uint8Array;
  readonly delivered: boolean;
}

/** One wish. */
export interface WishRow {
  readonly wanted: Wanted;
  readonly people: readonly WantedPerson[];
  readonly role: Role;
  readonly title: string;
  readonly membersAdd: boolean;
  /** to be made; of `unlink` and `use` only its key counts */
  readonly link: LinkState | undefined;
  /** `commit`: made and handed over; `welcome`: it stands, and joiners are told */
  readonly stage: "wish" | "commit" | "welcome";
  readonly packages: readonly TakenPackage[];
  /** the epoch that the commit ends */
  readonly epoch: number;
  readonly introductions: readonly Uint8Array[];
  readonly commit: Uint8Array;
  readonly pieces: readonly Uint8Array[];
  readonly welcomes: readonly WelcomeTo[];
}

const linkField: FieldCodec<LinkState> = fields<LinkState>({
  key: blob,
  by: id(),
  expiresMs: count,
  limit: count,
  used: count,
  approval: flag,
});

const NOTHING = new Uint8Array(0);
type FirstPackage = Omit<TakenPackage, "device">;
const firstPackage = fields<FirstPackage>({
  identity: id(),
  inbox: id(),
  station: stationRefField,
  ref: blob,
  bytes: blob,
});
const packageField: FieldCodec<TakenPackage> = {
  write: (to, value) => {
    firstPackage.write(to, value);
    blob.write(to, value.device);
  },
  read: (from) => ({ ...firstPackage.read(from), device: blob.read(from) }),
};

function wishField(taken: FieldCodec<TakenPackage>): FieldCodec<WishRow> {
  return fields<WishRow>({
    wanted: oneOf(["add", "remove", "role", "title", "policy", "link", "unlink", "use", "devices", "week"]),
    people: list(fields<WantedPerson>({ identity: id(), station: stationRefField })),
    role: oneOf(["owner", "admin", "member"]),
    title: text,
    membersAdd: flag,
    link: optional(linkField),
    stage: oneOf(["wish", "commit", "welcome"]),
    packages: list(taken),
    epoch: count,
    introductions: list(blob),
    commit: blob,
    pieces: list(blob),
    welcomes: list(fields<WelcomeTo>({ inbox: id(), station: stationRefField, ref: blob, delivered: flag })),
  });
}

/** As programs wrote them that brought no devices in. */
const earlier = wishField({ ...packageField, read: (from) => ({ ...firstPackage.read(from), device: NOTHING }) });

/** `wish`: by conversation id and the order in which they are done. */
export const wishShelf: Shelf<WishRow> = shelf(
  "wish",
  row<WishRow>(2, wishField(packageField), { version: 1, read: (from) => earlier.read(from) }),
);

/** A wish as it begins. */
export function newWish(wanted: Wanted, what: Partial<WishRow>): WishRow {
  return {
    people: [],
    role: "member",
    title: "",
    membersAdd: false,
    link: undefined,
    packages: [],
    ...what,
    wanted,
    stage: "wish",
    epoch: 0,
    introductions: [],
    commit: NOTHING,
    pieces: [],
    welcomes: [],
  };
}

/** Puts a wish behind all others of its conversation; runs in the conversation's lane. */
export async function queueWish(
  store: Store,
  draft: Draft,
  conversation: ConversationId,
  wish: WishRow,
): Promise<void> {
  const [last] = await wishShelf.range(store, { prefix: conversation, reverse: true, limit: 1 });
  wishShelf.put(draft, concatKey(conversation, last === undefined ? 0 : lastU64(last.key) + 1), wish);
}
