/*
 * Background work that an engine's part does over links to the home. HomeSession begins and ends all of them with each link; a
 * desk that has queued something wakes its part by name.
 */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { Rng } from "@chapar/carrier";
import type { StationRef } from "@chapar/wire";
import type { Gap, Push, StationLink } from "../link/station-link.ts";
import type { OwnKeyPackages } from "../profile/key-packages.ts";
import type { Draft } from "../store/shelf.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { Pace } from "../jobs/pace.ts";
import type { RoomAccess } from "../sync/room-access.ts";
import type { Watch } from "../trust/watch.ts";

/** What a part may ask of the session. */
export interface SessionTools {
  /** runs a job by name over the link in use, again until it resolves; without a link: nothing (jobs/runner.ts) */
  run(name: string, job: (link: StationLink) => Promise<void>): void;
  /** something waits in a conversation's outbox */
  kick(row: ConversationRow): void;
  /** something is to be done in a part, by its name */
  wake(part: string): void;
  /** a conversation is to be opened */
  open(row: ConversationRow): void;
  /** what is verified of logs; one for the session, which remembers */
  readonly logs: LogShelf;
  /** a room that was joined is to be followed, and key packages that went are to be replaced */
  joined(row: ConversationRow): void;
  /** shows a room's keys to the home */
  readonly access: RoomAccess;
  /** how long whoever lost a race for an epoch waits (F-140) */
  readonly pace: Pace;
  /** this device's key packages */
  readonly keys: OwnKeyPackages;
  /** The chain that came with somebody's keys, signed for as a whole. @throws ClientError */
  readonly whole: Watch["whole"];
  readonly rng: Rng;
  /** what stations sign, checked beside reading */
  readonly watch: Pick<Watch, "judge" | "witnesses">;
}

/** Work of one part over links. What is left to do is read from the store, so the end of a link costs nothing but a try. */
export interface SessionPart {
  readonly name: string;
  /** a link is ready and the account was shown on it */
  begin(link: StationLink): void;
  end(): void;
  /** a desk has queued something */
  wake?(): void;
  /** a room was read further, or opened on this link; `epoch` when a commit was among what was read */
  moved?(row: ConversationRow, epoch: boolean): void;
  /** whether a commit of the part's is under way, during which nothing is sealed */
  isHeld?(row: ConversationRow): boolean;
  /** A knock in the inbox: kept in the draft when it is for this part. @returns whether it was */
  hear?(draft: Draft, frame: Uint8Array): boolean;
  /** Bodies of a log that are not at the home. @returns whether it is the part's */
  gap?(link: StationLink, gap: Gap): boolean;
  /** knocks that were kept are on disk */
  heard?(): void;
  /** a push of a log that is neither the inbox nor a room */
  push?(link: StationLink, push: Push): void;
  /** the hub of a room did not take what was to be appended */
  unreachable?(row: ConversationRow): void;
  /** a station was asked how its log stands, and said nothing that is believed */
  unseen?(station: StationRef): void;
  /** a station's log has entries of a board, below a size, that it does not give */
  owed?(row: ConversationRow, size: number): void;
  /** a conversation cannot be read on: a commit's body is missing */
  stuck?(row: ConversationRow): void;
  /** false while something waits that `settled` should wait for; by default true */
  isSettled?(): Promise<boolean>;
}

/** Builds a part. */
export type MakeSessionPart = (member: Member, tools: SessionTools) => SessionPart;
