/* Letting go of what is old, when a link opens and once a day while it is up. */
import type { Member } from "../core.ts";
import type { SessionPart, SessionTools } from "../session/part.ts";
import { Keeping, KEEPING_EVERY_MS } from "./keeping.ts";
import { Readers } from "./readers.ts";

/** The session part around Keeping. */
export function keepingPart(member: Member, tools: SessionTools): SessionPart {
  const keeping = new Keeping(member, new Readers(member));
  let life = new AbortController();
  const keep = async (signal: AbortSignal): Promise<void> => {
    while (!signal.aborted) {
      tools.run("keep", (link) => keeping.run(link));
      // Only the end of the link aborts the wait, and the loop asks for that itself.
      await member.clock.sleep(KEEPING_EVERY_MS, signal).catch(() => undefined);
    }
  };
  return {
    name: "keeping",
    begin: () => {
      life = new AbortController();
      void keep(life.signal);
    },
    end: () => life.abort(),
  };
}
