/* Who answers each part of the engine's interface; the code of a desk is brought by its first call. */
import type { DeskPorts } from "./desk-ports.ts";
import { deferredPart } from "./part.ts";
import type { ClientParts } from "./parts.ts";

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
    channels: deferredPart(async () => new (await import("./channels/desk.ts")).ChannelDesk(ports)),
    people: deferredPart(async () => new (await import("./people/desk.ts")).PeopleDesk(ports)),
  };
}
