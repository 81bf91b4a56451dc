/* The profile's own row: who this device is, its secrets, its home, and how far the account has come there. */
import type { IdentityId, StationRef } from "@chapar/wire";
import { blob, count, type FieldCodec, fields, flag, id, list, row, type Row, text } from "../store/record.ts";

/** The home station as the invite named it. */
export interface HomeRow {
  readonly station: StationRef;
  readonly region: string;
  readonly name: string;
  /** further ways to it, as URIs; they are of this device and stand in no op */
  readonly routes: readonly string[];
}

/** Layout of a home inside rows. */
export const homeField: FieldCodec<HomeRow> = fields<HomeRow>({
  station: fields<StationRef>({ key: id(), urls: list(text) }),
  region: text,
  name: text,
  routes: list(text),
});

/** Everything that is of the profile and not of one conversation. */
export interface ProfileRow {
  readonly identity: IdentityId;
  readonly name: string;
  /** counts up with every change of the name: which conversations still have to be told */
  readonly nameVersion: number;
  /** the op chain, as it travels */
  readonly ops: readonly Uint8Array[];
  /** the identity's private half on this device, as @chapar/e2e encodes it */
  readonly bundle: Uint8Array;
  readonly home: HomeRow;
  /** what the home's sign-up rule asks for */
  readonly token: Uint8Array;
  readonly registered: boolean;
  readonly inboxMade: boolean;
}

/** Layout of a StationRef inside rows. */
export const stationRefField: FieldCodec<StationRef> = fields<StationRef>({ key: id(), urls: list(text) });

/** Layout of the row `meta/profile`. */
export const profileRow: Row<ProfileRow> = row<ProfileRow>(
  1,
  fields<ProfileRow>({
    identity: id(),
    name: text,
    nameVersion: count,
    ops: list(blob),
    bundle: blob,
    home: homeField,
    token: blob,
    registered: flag,
    inboxMade: flag,
  }),
);

/** Someone else: their op chain as last checked, and the name they gave themselves. */
export interface ContactRow {
  readonly ops: readonly Uint8Array[];
  readonly name: string;
}

/** Layout of the rows of `contact`. */
export const contactRow: Row<ContactRow> = row<ContactRow>(1, fields<ContactRow>({ ops: list(blob), name: text }));
