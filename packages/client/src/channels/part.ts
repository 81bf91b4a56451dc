/* The session part of channels: keeps what is heard, and brings the code of the rest with the first channel. */
import type { ConversationRow } from "../conversation/rows.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import { concatKey } from "../store/keys.ts";
import { CHANNELS_PART } from "./part-name.ts";
import { channelKnockShelf, HEARD } from "./rows.ts";
import type { ChannelWork } from "./work.ts";
import { CHANNEL_ANSWER_FRAME, CHANNEL_ASK_FRAME, CHANNEL_GRANT_FRAME } from "../sync/knock-frames.ts";

const FRAMES: readonly number[] = [CHANNEL_ASK_FRAME, CHANNEL_GRANT_FRAME, CHANNEL_ANSWER_FRAME];
/** Knocks that may come in one millisecond and keep their order. */
const HEARD_A_MS = 4096;

const NOTHING = new Uint8Array(0);

export function channelsPart(member: Member, tools: SessionTools): SessionPart {
  const { book, own, clock } = member;
  let bringing: Promise<ChannelWork> | undefined;
  let work: ChannelWork | undefined;
  let link: StationLink | undefined;
  let order = 0;

  const bring = async (): Promise<void> => {
    bringing ??= import("./work.ts").then(async (code) => {
      const made = new code.ChannelWork(member, tools);
      await made.load();
      return made;
    });
    work = await bringing;
    if (link !== undefined) work.begin(link);
  };
  const start = (): void => {
    if (work === undefined && bringing === undefined) bring().catch(member.failed);
  };
  const isNeeded = (): boolean =>
    book.all().some(({ kind }) => kind === "channel") || own.entries("channels/").length > 0;
  own.subscribe(({ key }, from) => {
    if (from === "elsewhere" && key.startsWith("channels/") && link !== undefined) wake();
  });
  function wake(): void {
    if (work === undefined) start();
    else work.wake();
  }
  const rowOf = (log: Parameters<typeof book.ofLog>[0]): ConversationRow | undefined => {
    const row = book.ofLog(log);
    return row?.kind === "channel" ? row : undefined;
  };

  return {
    name: CHANNELS_PART,
    begin: (on) => {
      link = on;
      if (work !== undefined) work.begin(on);
      else if (isNeeded()) start();
    },
    end: () => {
      link = undefined;
      work?.end();
    },
    wake,
    hear: (draft, frame) => {
      if (frame[0] === undefined || !FRAMES.includes(frame[0])) return false;
      const atMs = clock.nowMs();
      order = Math.max(order + 1, atMs * HEARD_A_MS);
      const row = { frame: frame.slice(), atMs, identity: NOTHING, name: "", link: "", state: "heard" } as const;
      channelKnockShelf.put(draft, concatKey(HEARD, order), row);
      return true;
    },
    heard: () => {
      if (work === undefined && isNeeded()) start();
      else work?.heard();
    },
    owed: (row, size) => {
      if (row.kind === "channel") work?.owed(row, size);
    },
    push: (on, push) => {
      const row = rowOf(push.log);
      if (row !== undefined) work?.push(on, row, push);
    },
    gap: (on, gap) => {
      const row = rowOf(gap.log);
      if (row !== undefined) work?.gap(on, row, gap);
      return row !== undefined;
    },
    isSettled: async () => {
      if (work === undefined && !isNeeded()) return true;
      await bringing;
      return (await work?.isSettled()) ?? false;
    },
  };
}
