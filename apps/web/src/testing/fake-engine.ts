/*
 * Stands in for `@chapar/client/web` in the gallery and the screenshots: the address's query says which world.
 */
import type { LookView } from "@chapar/client/web";
import type { Client } from "../state/client-types.ts";
import { fillHuge } from "./huge.ts";
import { MemoryClient } from "./memory-client.ts";
import { SAMPLE_POLICY } from "./memory-data.ts";
import { everyKind, fillTrust } from "./sample-trust.ts";
import { decideSome } from "./sample-chats.ts";
import { channelSome } from "./sample-channels.ts";
import { groupSome } from "./sample-groups.ts";
import { fillMedia } from "./sample-media.ts";
import { fillTalk } from "./sample-talk.ts";
import { fill } from "./sample.ts";

/** Opens the in-memory engine; `?world=empty|full|long|huge|new`, `?route=…`, `?queued=n`, `?trust=some|kinds|stale|told`, `?help=n`, `?talk=some`, `?media=some`. */
export async function openClient(): Promise<Client> {
  const client = new MemoryClient();
  const query = new URLSearchParams(location.search);
  const world = query.get("world") ?? "full";
  const found = await fill(client);
  const shown = world === "full" || world === "long" ? client : new MemoryClient();
  if (world === "huge") fillHuge(shown);
  if (world === "empty") shown.become("Dara");
  for (const [text, preview] of client.invites) shown.invites.set(text, preview);
  if (world === "long") {
    const id = shown.addRoom({ identity: "archive", name: "Archive", home: undefined });
    for (let at = 0; at < 3000; at += 1)
      shown.addMessage(id, {
        mine: at % 3 === 0,
        text: `${at}: ${"word ".repeat(1 + ((at * 7) % 23))}`,
        atMs: Date.now() - (3000 - at) * 600_000,
      });
  }
  if (query.get("groups") === "some") await groupSome(client);
  if (query.get("channels") === "some") await channelSome(client);
  if (query.get("chats") === "some") await decideSome(client, found);
  if (query.get("talk") === "some") fillTalk(shown);
  if (query.get("media") === "some") await fillMedia(shown);
  const trust = query.get("trust");
  if (trust !== null) fillTrust(client, found);
  if (trust === "kinds") everyKind(client, found.sara);
  if (trust === "stale")
    client.setWatch({ checkedAtMs: Date.now() - 5 * 3_600_000, paths: 1, quorum: "none", code: "client/log-stale" });
  // Whatever proof is opened: its station says that it was put back from a copy then.
  if (trust === "told")
    client.incidents = async () => [{ what: "restored", fromMs: 1_800_000_000_000, toMs: 1_800_000_000_004 }];
  if (query.get("cut") !== null) {
    const far = { key: "far", urls: ["https://far.example"], region: "DE", name: "far" };
    shown.data.cut = { sinceMs: Date.now() - 3 * 3_600_000, stations: [far], chats: 2, letters: 12, changes: 1 };
  }
  if (query.get("policy") !== null) {
    shown.data.policy = SAMPLE_POLICY;
    shown.data.checkedAtMs = Date.now() - 60_000;
  }
  shown.ways.know([
    {
      uri: "https://station.example",
      kind: "web",
      from: "home",
      state: query.get("route") === "open" ? "in-use" : "silent",
    },
    { uri: "burst+https://front.example", kind: "burst", from: "station" },
    { uri: "ss://192.0.2.7", kind: "ss", from: "station" },
    { uri: "lan://mfrggzdfmztwq2lk", kind: "lan", from: "station" },
    { uri: "dns://t.example/?station=mfrggzdfmztwq2lk", kind: "dns", from: "station" },
    { uri: "https://friend.example", kind: "web", from: "you", state: "failed" },
  ]);
  const state = query.get("route");
  if (state !== null) {
    shown.setRoute({
      state: state as "open",
      bytesPerSecond: state === "open" ? 11_300 : 0,
      queued: Number(query.get("queued") ?? 0),
      sinceMs: Date.now() - 600_000,
      code: state === "refused" ? "station/quota" : undefined,
    });
  }
  const help = query.get("help");
  if (help !== null) {
    const { helpView } = await import("../help/helper.ts");
    const people = Number(help);
    helpView.value = { mood: "ready", people, spare: people, todayPeople: 7 * people, todayBytes: 46_300_000 * people };
  }
  Object.assign(globalThis, { memoryClient: shown, rooms: found });
  return shown;
}

export async function fetchRoad(): Promise<void> {}

export async function fetchLook(): Promise<void> {}

/** A look that found R10; `?look=fine` nothing. */
export async function lookFromHere(routes: readonly string[]): Promise<LookView> {
  const isFine = new URLSearchParams(location.search).get("look") === "fine";
  const states = isFine ? (["works"] as const) : (["freezes", "works"] as const);
  return {
    findings: [{ name: isFine ? "fine" : "budget", isSure: true }],
    action: isFine ? "nothing" : "goes-by-itself",
    ways: routes.map((uri, at) => ({ uri, state: states[at] ?? "not-tried" })),
    code: "difon vahuj dasod gasab babab babab babab suvir",
  };
}
