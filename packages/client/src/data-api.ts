/*
 * Where a person's data rests (S6): `client.data`. What the home says of the law that it keeps is checked: the policy is signed by the
 * home and stands in its log; what nobody can check is said to be so.
 */
import type { StationView } from "./api.ts";
import { ANSWERS, type CallTable, CHANGES, WAITS } from "./part.ts";

/** Kinds of data as a person thinks of them. */
export type DataCategory = "messages" | "media" | "profile" | "backup" | "push" | "logs";

/** What a station sees of sealed data: never content, names or who wrote. */
export type SeenOfData = "sizes" | "times" | "keys" | "devices" | "counts" | "push-address";

/** One category: where it rests, until when, and who could read it. */
export interface DataRowView {
  readonly category: DataCategory;
  /** what the law asks, when the home keeps a policy */
  readonly mode: "none" | "copy" | "first-write" | "exclusive" | undefined;
  readonly keepAtLeastDays: number | undefined;
  /** undefined: as long as the account is there, or until it is deleted */
  readonly keepAtMostDays: number | undefined;
  /** `sealed`: the people of the conversation and nobody else · `own`: this person's devices alone · `public`: whoever asks the home */
  readonly readableBy: "sealed" | "own" | "public";
  readonly stationSees: readonly SeenOfData[];
}

/** The law that a home keeps, as it signed it. */
export interface PolicyView {
  readonly region: string;
  readonly title: string;
  readonly sources: readonly { readonly name: string; readonly reference: string }[];
  /** days, `YYYY-MM-DD` */
  readonly from: string;
  readonly until: string;
  /** the day by which everything rests where it should */
  readonly compliance: string | undefined;
  readonly removalHours: number;
  readonly disclosureHours: number;
  /** hex of the hash that the home's log has */
  readonly hash: string;
  /** whether the home's log was seen to have it */
  readonly isInLog: boolean;
  /** the signed file, which anyone can check */
  readonly note: string;
}

/** Everything that is said of where data rests. */
export interface DataView {
  readonly home: StationView;
  readonly policy: PolicyView | undefined;
  /** why what the home sent is no policy of it */
  readonly fault: string | undefined;
  /** when the home was asked last; undefined: never */
  readonly checkedAtMs: number | undefined;
  readonly rows: readonly DataRowView[];
}

/** How far a move to another home has come (protocol/15-moving.md). */
export interface MoveView {
  /** where this person lives now */
  readonly home: StationView;
  /** key of the old home */
  readonly from: string;
  readonly atMs: number;
  /** stations that have the op: the new home, anchors, the old home when it answers */
  readonly told: number;
  /** whether the old home has it */
  readonly isOldHomeTold: boolean;
  /** chats that the old home orders still */
  readonly roomsLeft: number;
  /** what the old home deleted, when it has */
  readonly receipt: LeftView | undefined;
  /** when the old home deletes, by what it said: not before a thief's move could be taken back */
  readonly deletesAtMs: number | undefined;
}

/** What a station deleted of somebody who left, by its signed receipt (protocol/15-moving.md M-22). */
export interface LeftView {
  /** key of the station */
  readonly station: string;
  readonly atMs: number;
  /** whether the receipt shows that it stands in the station's log */
  readonly isInLog: boolean;
  readonly rows: readonly LeftRowView[];
  /** the receipt file, which anyone can check */
  readonly file: Uint8Array;
}

/** One class of what went: `account` keys for new conversations · `envelope` inboxes and copies of rooms · `blob` files · `backup` */
export interface LeftRowView {
  readonly of: "account" | "envelope" | "blob" | "backup";
  readonly objects: number;
  readonly bytes: number;
  /** what the law of the region keeps at the station, sealed */
  readonly keptObjects: number;
  readonly keptBytes: number;
  /** 0 when nothing is kept */
  readonly untilMs: number;
}

/** Stations that the home cannot reach, and what waits for them (protocol/17-island.md). */
export interface IslandView {
  /** since when the first of them is out of reach */
  readonly sinceMs: number;
  readonly stations: readonly StationView[];
  /** chats that one of them orders */
  readonly chats: number;
  /** own messages that have not come there; people of this side of the cut may have them */
  readonly letters: number;
  /** changes of members and roles, which wait for it */
  readonly changes: number;
}

/** `client.data`. */
export interface DataCalls {
  /** What is known of it now; asks the home when there is a link to it. @throws ClientError `client/not-joined`; the signal's reason */
  rests(options: { readonly signal: AbortSignal }): Promise<DataView>;
  /**
   * Moves to the station of an invite. Resolves when this device lives there; chats and contacts follow by themselves, and `moving` says how
   * far they are. Called again after a failure it goes on with the same op.
   * @throws ClientError `client/not-joined` · `client/bad-invite` · `client/same-home` · `client/no-everyday-key` · `client/not-moved`
   */
  move(invite: string): Promise<MoveView>;
  /**
   * Deletes everything: ends the identity, has the home delete what rests there, and forgets everything here. It cannot be undone. Called again after a
   * failure it goes on.
   * @param words  the recovery words; undefined: this device still has them
   * @throws ClientError `client/not-joined` · `client/bad-words` · `client/not-left`: nothing here was forgotten
   */
  deleteEverything(words?: string): Promise<LeftView>;
  /** The last move, and what is left of it; undefined: none. @throws ClientError `client/not-joined` */
  moving(): Promise<MoveView | undefined>;
  /** What is out of reach, as of the last try; undefined: nothing that was tried. Event `island` tells of changes. @throws ClientError `client/not-joined` */
  island(): Promise<IslandView | undefined>;
}

/** Its calls. */
export const DATA_CALLS: CallTable<DataCalls> = {
  rests: WAITS,
  move: CHANGES,
  deleteEverything: CHANGES,
  moving: ANSWERS,
  island: ANSWERS,
};
