/* Coming into a group by somebody's link (F-76): the knock leaves when there is a way, and what comes back is kept until this person has seen it. */
import { equalBytes } from "@chapar/wire/bytes";
import type { ClientEvent } from "../api.ts";
import type { Member } from "../core.ts";
import type { StationLink } from "../link/station-link.ts";
import type { SessionTools } from "../session/part.ts";
import { Draft } from "../store/shelf.ts";
import { leaveKnock } from "./leaving-knocks.ts";
import { openAnswer } from "../conversation/link-sealing.ts";
import { GROUP_ANSWER, sealAsk } from "./link-knock.ts";
import { askShelf } from "./link-rows.ts";

/** What is told when one was answered, has left, or is over. */
export const ASKS: ClientEvent = { type: "own", key: "groups/ask", from: "here" };

/** Lets every ask leave that waits. @throws when one could not leave now */
export async function sendAsks(member: Member, tools: SessionTools, link: StationLink): Promise<void> {
  const { store, profile, events } = member;
  let failure: unknown;
  for (const { key, value: ask } of await askShelf.range(store, {})) {
    if (ask.delivered || ask.state !== "waiting") continue;
    const { identity, name, home } = profile.row;
    try {
      const frame = await sealAsk(member, ask.seed, { conversation: key, identity, station: home.station, name });
      await leaveKnock(member, tools, link, { identity: ask.by, station: ask.station }, frame);
    } catch (error) {
      if (link.isEnded) throw error;
      failure = error;
      continue;
    }
    const now = await askShelf.get(store, key);
    if (now === undefined) continue;
    const draft = new Draft();
    askShelf.put(draft, key, { ...now, delivered: true });
    draft.after(() => events.emit(ASKS));
    await draft.commit(store);
  }
  if (failure !== undefined) throw failure;
}

/** Hears why this person is not let in; anything that was not sealed under a link they asked by is nothing. */
export async function hearAnswer(member: Member, frame: Uint8Array): Promise<void> {
  const { store, events } = member;
  for (const { key, value: ask } of await askShelf.range(store, {})) {
    const answer = await openAnswer(member, ask.seed, GROUP_ANSWER, frame);
    if (answer === undefined) continue;
    if (!equalBytes(answer.into, key)) return;
    const draft = new Draft();
    askShelf.put(draft, key, { ...ask, state: answer.why });
    draft.after(() => events.emit(ASKS));
    await draft.commit(store);
    return;
  }
}

/** This device is in the group now. */
export function forgetAsk({ events }: Member, draft: Draft, conversation: Uint8Array): void {
  askShelf.remove(draft, conversation);
  draft.after(() => events.emit(ASKS));
}

/** Whether every ask has left. */
export async function hasAsked({ store }: Member): Promise<boolean> {
  const rows = await askShelf.range(store, {});
  return rows.every(({ value }) => value.delivered || value.state !== "waiting");
}
