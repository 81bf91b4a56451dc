/* The session part of typing: brings the code once there is a conversation that it can be told in, and never beside lanes (C-122). */
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import { TELLING_KEY } from "../talk/telling.ts";
import { isOpenTalk, isTyped } from "./rules.ts";
import type { Typing } from "./typing.ts";

/** Tells and hears of typing over each link. */
export function typingPart(member: Member, { access }: SessionTools): SessionPart {
  let link: StationLink | undefined;
  let typing: Promise<Typing> | undefined;
  const bring = async (on: StationLink): Promise<Typing> =>
    new (await import("./typing.ts")).Typing(member, access, on);
  const look = (): void => {
    if (link === undefined || link.apart !== undefined) return;
    if (typing === undefined && (!isTyped(member) || !member.book.all().some(isOpenTalk))) return;
    typing ??= bring(link);
    typing.then((one) => one.follow()).catch(member.failed);
  };
  member.own.subscribe(({ key }) => key === TELLING_KEY && look());
  return {
    name: "typing",
    begin: (on) => {
      link = on;
      look();
    },
    moved: () => typing ?? look(),
    end: () => {
      typing?.then((one) => one.end()).catch(member.failed);
      link = typing = undefined;
    },
  };
}
