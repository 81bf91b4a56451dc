/*
 * What an engine is made of: the parts that need no identity, and what exists from the moment there is one. engine.ts answers the
 * app's calls with them.
 */
import type { Carrier, Clock, Rng } from "@chapar/carrier";
import {
  type Authenticate,
  type CryptoPort,
  decodeBundle,
  type FindPsk,
  type Mls,
  mlsDevice,
  signerOf,
} from "@chapar/e2e";
import { createEvidencePorts } from "@chapar/evidence";
import { cachingVerifier } from "@chapar/log";
import { ConversationBook } from "./conversation/book.ts";
import { GroupShelf } from "./conversation/group-shelf.ts";
import { Receipts } from "./conversation/receipts.ts";
import { Writing } from "./conversation/writing.ts";
import type { Core, Member } from "./core.ts";
import { Due } from "./due/due.ts";
import { ClientError } from "./errors.ts";
import { Events } from "./events.ts";
import { DeferredSession } from "./deferred-session.ts";
import type * as HomeSessionCode from "./home-session.ts";
import { WeekKeys } from "./groups/week-rows.ts";
import { type BringLinkCode, DeferredDirects, DeferredHome, type Directs, type Home } from "./link/deferred-home.ts";
import type * as LinkCode from "./link/link-code.ts";
import type { OpenRoad } from "./link/road.ts";
import { isSlowWay } from "./link/slow-ways.ts";
import { sessionCryptoOf } from "./link/session-crypto.ts";
import { OwnRegister } from "./own/register.ts";
import { ContactBook } from "./profile/contacts.ts";
import { ProfileBook } from "./profile/profile-book.ts";
import type { ProfileRow } from "./profile/profile-row.ts";
import { RouteBook } from "./profile/route-book.ts";
import { RepairSecrets } from "./repair/secrets.ts";
import { PersonBook } from "./safety/person-book.ts";
import { deferredPart } from "./part.ts";
import type { MediaPlatform } from "./media/ports.ts";
import type { Store } from "./store/port.ts";
import { AlertBook } from "./trust/alert-book.ts";
import type { TrustDesk } from "./trust/desk.ts";
import type * as FoldCode from "./talk/fold.ts";
import { Views } from "./views.ts";

/** Everything the engine is given: a whole conversation between engines runs on fakes of these. */
export interface EnginePorts {
  /** closed with the client */
  readonly store: Store;
  readonly clock: Clock;
  readonly crypto: CryptoPort;
  /** drive bare links to the home, where there is no `road` */
  readonly carriers: readonly Carrier[];
  /** sessions to the home that outlive links */
  readonly road?: OpenRoad;
  /** whether ways through relays are driven here (U-3) */
  readonly relays?: boolean;
  /** for the jitter of back-off */
  readonly rng: Rng;
  /**
   * builds the MLS implementation around the engine's check of credentials and the keys that it keeps; it calls `lost` when groups in
   * memory are of no use any more
   */
  readonly mls: (authenticate: Authenticate, lost: () => void, findPsk: FindPsk) => Mls;
  /** false when the platform knows that there is no network at all */
  readonly isOnline: () => boolean;
  /** true when the platform knows that the line is slow or paid for by the byte */
  readonly isDear?: () => boolean;
  /** where files are read, written and kept beside the store; without it none are sent or fetched */
  readonly media?: () => Promise<MediaPlatform>;
  /** told of failures that nobody waits for; for a log of codes, never of content */
  readonly failed?: (error: unknown) => void;
  /** brings the code of what is done over links; by default the platform's import, when the first link opens */
  readonly sessionCode?: () => Promise<typeof HomeSessionCode>;
  /** what dials, where its code is here already; otherwise the platform brings it for the first link */
  readonly linkCode?: typeof LinkCode;
  /** what shows more of messages than their words, where its code is here already; otherwise it is brought when it is needed */
  readonly foldCode?: typeof FoldCode;
}

/** What exists once there is an identity. */
export interface Joined {
  readonly member: Member;
  readonly session: DeferredSession;
  readonly home: Home;
  readonly views: Views;
  readonly writing: Writing;
  /** brought when the first file is sealed or opened */
  readonly receipts: Receipts;
  /** its code is brought by its first call */
  readonly trust: TrustDesk;
}

const noMedia = (): Promise<MediaPlatform> => Promise.reject(new ClientError("client/no-paths"));

/** What everything rests on, over the ports. */
export function coreOf(ports: EnginePorts): Core {
  const { store, clock, crypto } = ports;
  const verify = cachingVerifier((key, message, signature) => crypto.ed25519.verify(key, message, signature));
  const sha256: Core["sha256"] = (bytes) => crypto.sha256(bytes);
  const evidence = createEvidencePorts(sha256, verify);
  const contacts = new ContactBook(store, { sha256, verify });
  const weekKeys = new WeekKeys(store, sha256);
  const keptGroups: Core["keptGroups"] = new Map();
  return {
    store,
    clock,
    crypto,
    hasher: evidence.hasher,
    evidence,
    verify,
    sha256,
    random: (sizeBytes) => crypto.random(sizeBytes),
    events: new Events(),
    mls: ports.mls(contacts.authenticate, () => keptGroups.clear(), weekKeys.find),
    keptGroups,
    contacts,
    weekKeys,
  };
}

const bringLinkCode: BringLinkCode = () => import("./link/link-code.ts");

/** Links to stations beside the one home. */
export function directsOf({ verify, random, crypto }: Core, given: EnginePorts): Directs {
  const ports = { ...given, verify, random, sessionCrypto: sessionCryptoOf(crypto) };
  const { linkCode } = given;
  return linkCode === undefined ? new DeferredDirects(bringLinkCode, ports) : new linkCode.DirectLinks(ports);
}

/** Builds what works for an identity. */
export async function become(
  core: Core,
  given: EnginePorts,
  row: ProfileRow,
  routeChanged: () => void,
): Promise<Joined> {
  const { store, crypto, events } = core;
  const bundle = decodeBundle(row.bundle);
  const device = await mlsDevice(bundle, crypto);
  const profile = new ProfileBook(row);
  const book = await ConversationBook.load(store, events, row.identity);
  core.contacts.isIn = (conversation) => {
    const state = book.get(conversation)?.state;
    return state !== undefined && state !== "closed";
  };
  const groups = new GroupShelf(core, device);
  const failed = given.failed ?? ((): void => undefined);
  let home: Home | undefined;
  const link: Member["link"] = () => home?.link;
  const alerts = await AlertBook.load(core);
  const people = await PersonBook.load(store);
  const routes = await RouteBook.load(core);
  const secrets = await RepairSecrets.load(store, core.mls, core.sha256);
  const own = await OwnRegister.load(core, device.credential.device);
  own.subscribe(({ key }, from) => events.emit({ type: "own", key, from }));
  const sessionCrypto = sessionCryptoOf(crypto);
  const directs = directsOf(core, given);
  const way = { ...given, verify: core.verify, random: core.random, sessionCrypto, winners: routes };
  const due = new Due(async () => {
    const { Keeper } = await import("./due/keeper.ts");
    const kick = (id: Uint8Array): void => {
      const chat = book.get(id);
      if (chat !== undefined) session.kick(chat);
    };
    return Keeper.open({ member, writing, kick });
  }, failed);
  const member: Member = {
    ...core,
    profile,
    device,
    book,
    groups,
    alerts,
    people,
    secrets,
    routes,
    directs,
    own,
    due,
    link,
    isDear: () => given.isDear?.() === true || isSlowWay(home?.view(0).kind),
    typing: { tell: undefined },
    openBulk: async () => home?.openBulk(),
    way,
    media: { works: undefined },
    mediaPlatform: given.media ?? noMedia,
    failed,
  };
  const signers = [await signerOf(bundle.deviceSeed, crypto), await signerOf(bundle.inboxReadSeed, crypto)] as const;
  const code = given.sessionCode ?? (() => import("./home-session.ts"));
  const session = new DeferredSession(async () => {
    const { HomeSession } = await code();
    const made = new HomeSession(member, ...signers, given.rng);
    await made.load();
    return made;
  });
  const { linkCode } = given;
  home =
    linkCode === undefined
      ? new DeferredHome(bringLinkCode, way, session, routeChanged)
      : new linkCode.HomeLink(way, session, routeChanged);
  const writing = new Writing(member);
  const views = new Views(member, given.foldCode);
  const receipts = new Receipts(member, views);
  const trust = deferredPart<TrustDesk>(async () => new (await import("./trust/desk.ts")).TrustDesk(member, session));
  await due.begin(store);
  return { member, session, home, views, writing, receipts, trust };
}
