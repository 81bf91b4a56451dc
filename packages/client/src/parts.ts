/* The parts of the engine's interface, and the table of each. A new part: its API file, a line in each of these, and its desk in desks.ts. */
import { CHANNEL_CALLS, type ChannelCalls } from "./channel-api.ts";
import { CHAT_CALLS, type ChatCalls } from "./chats-api.ts";
import { GROUP_CALLS, type GroupCalls } from "./group-api.ts";
import { MEDIA_CALLS, type MediaCalls } from "./media-api.ts";
import { PEOPLE_CALLS, type PeopleCalls } from "./people-api.ts";
import { type CallTable, partOver } from "./part.ts";
import { DATA_CALLS, type DataCalls } from "./data-api.ts";
import { DEVICE_CALLS, type DeviceCalls } from "./devices-api.ts";
import { PUSH_CALLS, type PushCalls } from "./push-api.ts";
import { TALK_CALLS, type TalkCalls } from "./talk-api.ts";
import { SEARCH_CALLS, type SearchCalls } from "./search-api.ts";
import { WAY_CALLS, type WayCalls } from "./ways-api.ts";

/** The parts, by the names under which the engine has them. */
export interface ClientParts {
  readonly data: DataCalls;
  readonly devices: DeviceCalls;
  readonly media: MediaCalls;
  readonly talk: TalkCalls;
  readonly chats: ChatCalls;
  readonly push: PushCalls;
  readonly search: SearchCalls;
  readonly ways: WayCalls;
  readonly groups: GroupCalls;
  readonly channels: ChannelCalls;
  readonly people: PeopleCalls;
}

/** Name of a part. */
export type PartName = keyof ClientParts;

/** The calls of every part. */
export const CLIENT_PARTS: { readonly [Name in PartName]: CallTable<ClientParts[Name]> } = {
  data: DATA_CALLS,
  devices: DEVICE_CALLS,
  media: MEDIA_CALLS,
  talk: TALK_CALLS,
  chats: CHAT_CALLS,
  push: PUSH_CALLS,
  search: SEARCH_CALLS,
  ways: WAY_CALLS,
  groups: GROUP_CALLS,
  channels: CHANNEL_CALLS,
  people: PEOPLE_CALLS,
};

/** All parts, with their calls made by one function. */
export function partsOver(
  call: (part: PartName, name: string, parameters: readonly unknown[]) => Promise<unknown>,
): ClientParts {
  return {
    data: partOver(CLIENT_PARTS.data, (name, given) => call("data", name, given)),
    devices: partOver(CLIENT_PARTS.devices, (name, given) => call("devices", name, given)),
    media: partOver(CLIENT_PARTS.media, (name, given) => call("media", name, given)),
    talk: partOver(CLIENT_PARTS.talk, (name, given) => call("talk", name, given)),
    chats: partOver(CLIENT_PARTS.chats, (name, given) => call("chats", name, given)),
    push: partOver(CLIENT_PARTS.push, (name, given) => call("push", name, given)),
    search: partOver(CLIENT_PARTS.search, (name, given) => call("search", name, given)),
    ways: partOver(CLIENT_PARTS.ways, (name, given) => call("ways", name, given)),
    groups: partOver(CLIENT_PARTS.groups, (name, given) => call("groups", name, given)),
    channels: partOver(CLIENT_PARTS.channels, (name, given) => call("channels", name, given)),
    people: partOver(CLIENT_PARTS.people, (name, given) => call("people", name, given)),
  };
}
