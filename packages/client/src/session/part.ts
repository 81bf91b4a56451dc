/*
 * Background work that an engine's part does over links to the home. HomeSession begins and ends all of them with each link; a
 * desk that has queued something wakes its part by name.
 */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { LogShelf } from "../sync/log-shelf.ts";
import type { RoomAccess } from "../sync/room-access.ts";

/** What a part may ask of the session. */
export interface SessionTools {
  /** runs a job by name over the link in use, again until it resolves; without a link: nothing (jobs/runner.ts) */
  run(name: string, job: (link: StationLink) => Promise<void>): void;
  /** something waits in a conversation's outbox */
  kick(row: ConversationRow): void;
  /** a conversation is to be opened */
  open(row: ConversationRow): void;
  /** what is verified of logs; one for the session, which remembers */
  readonly logs: LogShelf;
  readonly access: RoomAccess;
}

/** Work of one part over links. What is left to do is read from the store, so the end of a link costs nothing but a try. */
export interface SessionPart {
  readonly name: string;
  /** a link is ready and the account was shown on it */
  begin(link: StationLink): void;
  end(): void;
  /** a desk has queued something */
  wake?(): void;
  /** a conversation was read further, or is new */
  moved?(row: ConversationRow): void;
  /** false while something waits that `settled` should wait for; by default true */
  isSettled?(): Promise<boolean>;
}

/** Builds a part. */
export type MakeSessionPart = (member: Member, tools: SessionTools) => SessionPart;
