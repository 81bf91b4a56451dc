/* Who answers each part of the engine's interface; the code of a desk is brought by its first call. */
import type { Core } from "./core.ts";
import type { Joined } from "./engine-parts.ts";
import { deferredPart } from "./part.ts";
import type { ClientParts } from "./parts.ts";
import type { ProfileRow } from "./profile/profile-row.ts";
import type { DirectLinks } from "./trust/direct-links.ts";

/** What a desk may use. */
export interface DeskPorts {
  readonly core: Core;
  /** @throws ClientError `client/not-joined` · `client/closed` */
  readonly joined: () => Joined;
  /** a link that starts a conversation with this person */
  readonly invite: () => Promise<string>;
  readonly isJoined: () => boolean;
  /** links of a profile that has no identity yet, to be closed with it */
  readonly directs: () => DirectLinks;
  /** A profile was written to the store: the engine becomes it. @throws ClientError `client/already-joined` */
  readonly adopt: (row: ProfileRow) => Promise<void>;
  /** The profile in the store has another home: the engine goes on there. */
  readonly rehome: () => Promise<void>;
}

/** The parts of an engine. */
export function desksOf(ports: DeskPorts): ClientParts {
  return {
    data: deferredPart(async () => new (await import("./data/desk.ts")).DataDesk(ports)),
    devices: deferredPart(async () => new (await import("./devices/desk.ts")).DeviceDesk(ports)),
    media: deferredPart(async () => new (await import("./media/desk.ts")).MediaDesk(ports)),
    talk: deferredPart(async () => new (await import("./talk/desk.ts")).TalkDesk(ports)),
    chats: deferredPart(async () => new (await import("./chats/desk.ts")).ChatDesk(ports)),
    ways: deferredPart(async () => new (await import("./ways/desk.ts")).WayDesk(ports)),
    push: deferredPart(async () => new (await import("./push/desk.ts")).PushDesk(ports)),
    search: deferredPart(async () => new (await import("./search/desk.ts")).SearchDesk(ports)),
    groups: deferredPart(async () => new (await import("./groups/desk.ts")).GroupDesk(ports)),
  };
}
