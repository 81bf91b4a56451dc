/* Files that wait to be sent, over links to the home. */
import type { Member } from "../core.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import { worksOf } from "./works.ts";

/** The session part around Uploads. */
export function mediaPart(member: Member, tools: SessionTools): SessionPart {
  let isLinked = false;
  const look = async (): Promise<void> => {
    const { uploads } = await worksOf(member);
    if (isLinked) uploads.begin(tools);
  };
  const stop = async (): Promise<void> => {
    const { uploads } = await worksOf(member);
    if (!isLinked) uploads.end();
  };
  return {
    name: "media",
    begin: () => {
      isLinked = true;
      look().catch((error: unknown) => member.failed(error));
    },
    end: () => {
      isLinked = false;
      if (member.media.works !== undefined) stop().catch((error: unknown) => member.failed(error));
    },
    wake: () => {
      if (isLinked) look().catch((error: unknown) => member.failed(error));
    },
    isSettled: async () => (await worksOf(member)).uploads.isSettled(),
  };
}
