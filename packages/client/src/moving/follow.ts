/*
 * A device whose person moved with another of their devices: told by it, or, when the home is gone, by the anchors of the own chain. It follows to the
 * home that the chain names; only the own keys can have named it.
 */
import { foldChain, type IdentityState } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import { ownState } from "../devices/own-ops.ts";
import { Draft } from "../store/shelf.ts";
import { ask } from "../trust/asking.ts";
import { movingShelf } from "./rows.ts";

/** The longest own chain: the one held, or what an anchor has beyond it. @param isThere  whether the home answers */
async function newestOwn(member: Member, isThere: boolean): Promise<IdentityState> {
  const { directs, profile } = member;
  const { identity, home } = profile.row;
  let newest = await ownState(member);
  if (isThere) return newest;
  const others = newest.anchors.filter(({ station }) => !equalBytes(station.key, home.station.key));
  const request = { type: "identity.get", identity, at: undefined } as const;
  const asking = others.map(({ station }) => directs.over(station, (link) => ask(link, request, "identity.ops")));
  for (const answer of await Promise.all(asking)) {
    const ops = answer?.ops.map((op) => op.slice()) ?? [];
    const isLonger =
      ops.length > newest.ops.length &&
      newest.ops.every(({ bytes }, at) => equalBytes(bytes, ops[at] ?? bytes.subarray(1)));
    const folded = isLonger ? await foldChain(ops, member, identity) : undefined;
    if (folded?.ok === true) newest = folded.value;
  }
  return newest;
}

/** Goes to the home that the own chain names. @returns whether that is another than before */
export async function followHome(member: Member, isThere: boolean): Promise<boolean> {
  const { profile, store, contacts, book, device, clock } = member;
  const { identity, home, nameVersion } = profile.row;
  const state = await newestOwn(member, isThere);
  const isListed = state.devices.some((live) => equalBytes(live.device, device.credential.device));
  const { station, region } = state.home;
  if (!isListed || equalBytes(station.key, home.station.key)) return false;
  const ops = state.ops.map(({ bytes }) => bytes);
  const to = { station, region, name: nameOf(station.urls[0] ?? ""), routes: [] };
  const draft = new Draft();
  profile.change(draft, { ops, home: to, registered: true, inboxMade: false, nameVersion: nameVersion + 1 });
  contacts.put(draft, state);
  const row = {
    stage: "moved",
    ops,
    home: to,
    token: new Uint8Array(0),
    from: home.station,
    told: [],
    atMs: clock.nowMs(),
  } as const;
  movingShelf.put(draft, identity, row);
  for (const chat of book.all()) if (chat.room !== undefined) book.put(draft, { ...chat, mirrored: false });
  await draft.commit(store);
  return true;
}

/** What a station is called whose invite was never seen here: its host. */
function nameOf(url: string): string {
  return /^[a-z0-9+.-]+:\/\/([^/:?#]+)/i.exec(url)?.[1] ?? "";
}
