/* What the desks of an engine are built from (desks.ts). */
import type { Core } from "./core.ts";
import type { Joined } from "./engine-parts.ts";
import type { Directs } from "./link/deferred-home.ts";
import type { ProfileRow } from "./profile/profile-row.ts";

/** What a desk may use. */
export interface DeskPorts {
  readonly core: Core;
  /** @throws ClientError `client/not-joined` · `client/closed` */
  readonly joined: () => Joined;
  /** a link that starts a conversation with this person */
  readonly invite: () => Promise<string>;
  readonly isJoined: () => boolean;
  /** links of a profile that has no identity yet, to be closed with it */
  readonly directs: () => Directs;
  /** A profile was written to the store: the engine becomes it. @throws ClientError `client/already-joined` */
  readonly adopt: (row: ProfileRow) => Promise<void>;
  /** The profile in the store has another home: the engine goes on there; or it is over, and the engine lets go of it. */
  readonly rehome: (isOver?: boolean) => Promise<void>;
}
