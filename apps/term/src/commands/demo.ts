/*
 * `demo`: everything there is, on one machine, in one command. Two stations in two regions that know each other; Sara at
 * home in IR and Dara in DE, who have begun to write; and a bot that answers whoever writes to it. Real stations, real
 * profiles, in a temporary folder that is gone after Ctrl-C.
 */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client } from "@chapar/client";
import { runEchoBot } from "../echo-bot.ts";
import { ExitCode } from "../exit-code.ts";
import { hostStation, type HostedStation } from "../host-station.ts";
import type { Engine, Run } from "../run.ts";
import { within, withStation } from "../waiting.ts";
import { webAppFolder } from "../web-app.ts";
import { asked } from "./up.ts";

/** Everything runs on this machine; what takes longer than this is stuck. */
const STEP_SECONDS = 30;

interface Person {
  readonly name: string;
  readonly region: string;
  readonly profile: string;
  readonly invite: string;
}

interface Stage {
  readonly engine: Engine;
  readonly folder: string;
  readonly signal: AbortSignal;
}

function open(stage: Stage, who: string): Promise<Client> {
  return stage.engine.openClient(join(stage.folder, who));
}

/** Makes an identity and waits until its station has it. */
async function settle(client: Client, stage: Stage): Promise<void> {
  await withStation(client, { seconds: STEP_SECONDS, signal: stage.signal }, (signal) => client.settled({ signal }));
}

/** Writes a line and waits for its receipt. */
async function write(client: Client, conversation: string, text: string, stage: Stage): Promise<void> {
  const { id } = await client.send(conversation, { text });
  await within(STEP_SECONDS, stage.signal, (signal) => client.receipt(id, { signal }));
}

/** Sara and Dara meet; their profiles are left for the person at the keyboard. */
async function makePeople(
  iran: HostedStation,
  germany: HostedStation,
  echo: string,
  stage: Stage,
): Promise<readonly Person[]> {
  await using sara = await open(stage, "sara");
  await using dara = await open(stage, "dara");
  await sara.join(iran.invite, "سارا");
  await dara.join(germany.invite, "Dara");
  await Promise.all([settle(sara, stage), settle(dara, stage)]);
  const people = [
    { name: "سارا", region: "IR", profile: join(stage.folder, "sara"), invite: await sara.invite() },
    { name: "Dara", region: "DE", profile: join(stage.folder, "dara"), invite: await dara.invite() },
  ];
  const conversation = await sara.open(people[1]?.invite ?? "");
  await write(sara, conversation, "سلام دارا! این پیام در تهران می‌ماند و در برلین خوانده می‌شود.", stage);
  await settle(dara, stage);
  const [met] = await dara.conversations();
  if (met !== undefined) await write(dara, met.id, "Salaam Sara. No station between us can read this.", stage);
  await write(sara, await sara.open(echo), "سلام", stage);
  await settle(sara, stage);
  return people;
}

/** A port that is free now. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const closed = once(server, "close");
  server.close();
  await closed;
  return port;
}

export async function demo(run: Run): Promise<ExitCode> {
  const folder = await mkdtemp(join(tmpdir(), "chapar-demo-"));
  try {
    const stage: Stage = { engine: await run.engine(), folder, signal: run.signal };
    const webRoot = await webAppFolder(run.out, run.signal);
    run.out.progress("Starting two stations and the people in them ...");
    // Each names the other before it runs: they witness each other's logs.
    const iranPort = await freePort();
    const iranUrl = `http://127.0.0.1:${iranPort}`;
    const common = { host: "127.0.0.1", webRoot, publicUrl: undefined, routes: [] };
    await using germany = await hostStation({
      ...common,
      dataDir: join(folder, "de"),
      region: "DE",
      name: "Berlin",
      ports: [0],
      peers: [iranUrl],
      witnesses: [iranUrl],
    });
    await using iran = await hostStation({
      ...common,
      dataDir: join(folder, "ir"),
      region: "IR",
      name: "Tehran",
      ports: [iranPort],
      peers: [germany.url],
      witnesses: [germany.url],
    });
    await using bot = await open(stage, "echo");
    await bot.join(germany.invite, "Echo");
    await settle(bot, stage);
    const stopBot = runEchoBot(bot, run.signal);
    const echo = { name: "Echo", region: "DE", invite: await bot.invite() };
    const people = await makePeople(iran, germany, echo.invite, stage);
    const stations = [iran, germany].map(({ url, invite }, index) => ({
      url,
      invite,
      region: index === 0 ? "IR" : "DE",
    }));
    const words = [
      `Two stations are up: Tehran (IR) at ${iran.url}, Berlin (DE) at ${germany.url}.`,
      "سارا (Sara) is at home in IR, Dara in DE; they have begun to write. Echo, in DE, answers everything.",
      "",
      "Be one of them, in a terminal:",
      ...people.map(({ profile }) => `  ./chapar chat --profile ${profile}`),
      "",
      "Or open a link in a browser, type a name, and write to",
      ...[...people, echo].flatMap(({ name, region, invite }) => [`  ${name} (${region})`, `    ${invite}`]),
      "",
      "Ctrl-C stops everything and leaves nothing behind.",
    ].join("\n");
    run.out.result({ event: "ready", stations, people, echo, folder }, words);
    await asked(run.signal);
    run.out.progress("Stopping ...");
    stopBot();
    return ExitCode.ok;
  } catch (error) {
    // Ctrl-C while things were being set up is the same wish.
    if (run.signal.aborted) return ExitCode.ok;
    throw error;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
