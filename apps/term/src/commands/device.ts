/*
 * `device`: one person on several devices. A new one prints a code and waits; an old one takes it; both print the same six digits, and the
 * person says on the old one that they are.
 */
import { hostname } from "node:os";
import type { Client, DeviceView, LinkView } from "@chapar/client";
import { TermError } from "../errors.ts";
import { ExitCode } from "../exit-code.ts";
import { openJoined, openProfile } from "../profile.ts";
import { printableLine } from "../printable.ts";
import { qrLines } from "../qr.ts";
import type { Run } from "../run.ts";
import { tell } from "../sentences.ts";
import { standardInput } from "../standard-input.ts";
import { givenInvite } from "../way-file.ts";
import { withStation } from "../waiting.ts";

const LOOK_EVERY_MS = 300;
/** Shorter beginnings of an id are too easily another device's. */
const SHORTEST_PREFIX_CHARS = 4;

function dateOf(atMs: number | undefined): string {
  return atMs === undefined ? "never" : new Date(atMs).toISOString().slice(0, 10);
}

function deviceWords({ id, name, isThis, addedAtMs, seenAtMs, home }: DeviceView): string {
  const called = name === "" ? "(no name)" : printableLine(name);
  const mark = isThis ? ", this one" : "";
  return `${id.slice(0, 8)}  ${called}${mark}  added ${dateOf(addedAtMs)}, last seen ${dateOf(seenAtMs)}, ${home.name} (${home.region})`;
}

export async function listDevices(run: Run): Promise<ExitCode> {
  await using profile = await openJoined(run);
  for (const device of await profile.client.devices.list()) {
    const { seenAtMs, ...rest } = device;
    run.out.result({ event: "device", ...rest, seenAtMs: seenAtMs ?? null }, deviceWords(device));
  }
  return ExitCode.ok;
}

/** The device a person means: its id, or a beginning of it that fits only one. @throws TermError `term/unknown-device` */
async function deviceNamed(client: Client, text: string): Promise<DeviceView> {
  const all = await client.devices.list();
  const [only, ...others] = all.filter(({ id }) => id === text || id.startsWith(text.toLowerCase()));
  const isLong = text.length >= SHORTEST_PREFIX_CHARS;
  if (only === undefined || others.length > 0 || !isLong) throw new TermError("term/unknown-device", { device: text });
  return only;
}

export async function renameDevice(run: Run, id: string, name: string): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client } = profile;
  const device = await deviceNamed(client, id);
  await client.devices.rename(device.id, name);
  run.out.result({ event: "device-renamed", id: device.id, name }, `It is called ${printableLine(name)} from now on.`);
  return ExitCode.ok;
}

/** Waits until the home has been reached and says what it has. */
async function reached(client: Client, options: { readonly timeout: number }, signal: AbortSignal): Promise<void> {
  await withStation(client, { seconds: options.timeout, signal }, (ending) => client.settled({ signal: ending }));
}

export async function revokeDevice(run: Run, id: string, options: { readonly timeout: number }): Promise<ExitCode> {
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  const device = await deviceNamed(client, id);
  await reached(client, options, signal);
  await client.devices.revoke(device.id);
  await reached(client, options, signal);
  run.out.result(
    { event: "device-revoked", id: device.id },
    `${device.name === "" ? device.id : printableLine(device.name)} reads nothing new from here on.`,
  );
  return ExitCode.ok;
}

export async function addDevice(
  run: Run,
  given: string,
  options: { readonly timeout: number; readonly digits?: string },
): Promise<ExitCode> {
  const code = given === "-" ? (await standardInput(run)).trim() : given;
  await using profile = await openJoined(run);
  const { client, signal } = profile;
  await reached(client, options, signal);
  const { digits } = await withStation(client, { seconds: options.timeout, signal }, (ending) =>
    client.devices.take(code, { signal: ending }),
  );
  const isSame = await isTheSame(run, digits ?? "", { ...options, isInputTaken: given === "-" });
  const view = await client.devices.confirm(isSame);
  if (!isSame) {
    run.out.result({ event: "device-refused" }, "Nothing was added. The code is spent: the new device makes another.");
    return ExitCode.refused;
  }
  await reached(client, options, signal);
  run.out.result({ event: "device-added", state: view.state }, "The new device is one of yours now.");
  return ExitCode.ok;
}

/** Asks the person whether the digits are the same, unless they were given. */
async function isTheSame(
  run: Run,
  digits: string,
  options: { readonly digits?: string; readonly isInputTaken: boolean },
): Promise<boolean> {
  run.out.result({ event: "digits", digits }, `The new device shows ${spaced(digits)}?`);
  if (options.digits !== undefined) return options.digits.replaceAll(/\s/g, "") === digits;
  if (options.isInputTaken) throw new TermError("term/usage", { problem: "Give --digits.", command: "device " });
  run.out.progress("Answer yes or no:");
  const said = await firstLine(run);
  return /^(?:y|yes)$/i.test(said.trim());
}

async function firstLine(run: Run): Promise<string> {
  let text = "";
  for await (const piece of run.stdin) {
    text += typeof piece === "string" ? piece : new TextDecoder().decode(piece);
    const end = text.indexOf("\n");
    if (end >= 0) return text.slice(0, end);
  }
  return text;
}

function spaced(digits: string): string {
  return `${digits.slice(0, 3)} ${digits.slice(3)}`;
}

export async function linkDevice(run: Run, invite: string, options: { readonly name?: string }): Promise<ExitCode> {
  await using profile = await openProfile(run);
  const { client, signal } = profile;
  const given = await givenInvite(client, invite);
  const asked = await client.devices.ask(given.invite, options.name ?? hostname());
  const link = asked.link ?? "";
  run.out.result({ event: "link", link, expiresMs: asked.expiresMs }, link);
  const drawn = run.stdout.isTTY ? qrLines(link, run.stdout.columns) : undefined;
  for (const line of drawn ?? []) run.out.progress(line);
  run.out.progress(
    "Take this code on a device of yours: chapar device add CODE, or Settings, Devices, Add. It holds for ten minutes.",
  );
  const done = await watched(run, client, asked, signal);
  if (done.state !== "done") throw new TermError("term/not-linked", { why: tell({ code: done.code }).message });
  const me = client.me();
  client.connect();
  run.out.result(
    { event: "linked", identity: me?.identity ?? null, name: me?.name ?? null },
    `This device is ${me?.name ?? ""} now.`,
  );
  return ExitCode.ok;
}

/** Until linking is over; digits are told when they are there. */
async function watched(run: Run, client: Client, begun: LinkView, signal: AbortSignal): Promise<LinkView> {
  let view = begun;
  let isTold = false;
  while (view.state !== "done" && view.state !== "failed") {
    await pause(signal);
    view = (await client.devices.link()) ?? { ...view, state: "failed" };
    if (view.digits === undefined || isTold) continue;
    isTold = true;
    run.out.result(
      { event: "digits", digits: view.digits },
      `${spaced(view.digits)}\nSay on the other device whether it shows the same.`,
    );
  }
  return view;
}

async function pause(signal: AbortSignal): Promise<void> {
  const { setTimeout: delay } = await import("node:timers/promises");
  await delay(LOOK_EVERY_MS, undefined, { signal });
}
