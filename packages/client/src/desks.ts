/* Who answers each part of the engine's interface; the code of a desk is brought by its first call. */
import type { Core } from "./core.ts";
import type { Joined } from "./engine-parts.ts";
import { deferredPart } from "./part.ts";
import type { ClientParts } from "./parts.ts";

/** What a desk may use. */
export interface DeskPorts {
  readonly core: Core;
  /** @throws ClientError `client/not-joined` · `client/closed` */
  readonly joined: () => Joined;
  /** a link that starts a conversation with this person */
  readonly invite: () => Promise<string>;
}

/** The parts of an engine. */
export function desksOf(ports: DeskPorts): ClientParts {
  return {
    talk: deferredPart(async () => new (await import("./talk/desk.ts")).TalkDesk(ports)),
    ways: deferredPart(async () => new (await import("./ways/desk.ts")).WayDesk(ports)),
  };
}
