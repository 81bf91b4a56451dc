/*
 * What the parts of the engine share. `Core` exists from the first second; `Member` from the moment there is an identity.
 * Parts take what they need of these and nothing else; they find each other through the engine, never through globals.
 */
import type { CryptoPort, DeviceKeys, Mls, MlsGroup } from "@chapar/e2e";
import type { Clock } from "@chapar/carrier";
import type { EvidencePorts } from "@chapar/evidence";
import type { TreeHasher } from "@chapar/log";
import type { Sha256, Verifier } from "@chapar/wire/bytes";
import type { ConversationBook } from "./conversation/book.ts";
import type { ConversationRow } from "./conversation/rows.ts";
import type { GroupShelf } from "./conversation/group-shelf.ts";
import type { Due } from "./due/due.ts";
import type { Events } from "./events.ts";
import type { Directs } from "./link/deferred-home.ts";
import type { HomeLinkPorts } from "./link/home-link.ts";
import type { StationLink } from "./link/station-link.ts";
import type { MediaPlatform } from "./media/ports.ts";
import type { OwnRegister } from "./own/register.ts";
import type { WeekKeys } from "./groups/week-rows.ts";
import type { ContactBook } from "./profile/contacts.ts";
import type { ProfileBook } from "./profile/profile-book.ts";
import type { RouteBook } from "./profile/route-book.ts";
import type { RepairSecrets } from "./repair/secrets.ts";
import type { PersonBook } from "./safety/person-book.ts";
import type { Store } from "./store/port.ts";
import type { AlertBook } from "./trust/alert-book.ts";

/** What everything rests on. */
export interface Core {
  readonly store: Store;
  readonly clock: Clock;
  readonly crypto: CryptoPort;
  readonly hasher: TreeHasher;
  readonly evidence: EvidencePorts;
  readonly verify: Verifier;
  readonly sha256: Sha256;
  readonly random: (sizeBytes: number) => Uint8Array;
  readonly events: Events;
  readonly mls: Mls;
  /** groups in memory, by conversation: the shelf's own */
  readonly keptGroups: Map<string, MlsGroup>;
  readonly contacts: ContactBook;
  /** weekly keys of large groups, as MLS asks for them */
  readonly weekKeys: WeekKeys;
}

/** A profile with an identity. */
export interface Member extends Core {
  readonly profile: ProfileBook;
  readonly device: DeviceKeys;
  readonly book: ConversationBook;
  readonly groups: GroupShelf;
  readonly alerts: AlertBook;
  readonly people: PersonBook;
  readonly routes: RouteBook;
  readonly secrets: RepairSecrets;
  readonly directs: Directs;
  /** what follows the person to their other devices */
  readonly own: OwnRegister;
  /** wakes whoever keeps the time of what disappears and of what is scheduled */
  readonly due: Due;
  /** the link in use, after the account was shown on it */
  readonly link: () => StationLink | undefined;
  /** whether bytes are dear on the line in use: what nobody needs is not sent */
  readonly isDear: () => boolean;
  /** tells that the person is typing; while a link lives on which it is told */
  readonly typing: { tell: ((row: ConversationRow) => void) | undefined };
  /** opens a link of bulk in the session to the home, greeted; undefined where the link is bare */
  readonly openBulk: () => Promise<StationLink | undefined>;
  /** what another way to the home needs */
  readonly way: HomeLinkPorts;
  /** the works of media, from their first use on (media/works.ts) */
  readonly media: { works: Promise<object> | undefined };
  readonly mediaPlatform: () => Promise<MediaPlatform>;
  /** told of failures that have nobody to reject to; the engine counts them and goes on */
  readonly failed: (error: unknown) => void;
}
