/* Words of the command line, read: each says in one sentence what it ought to be. */
import { InvalidArgumentError } from "commander";
import type { PtChoice } from "./pt-doors.ts";

function wholeNumber(text: string, low: number, high: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < low || value > high) {
    throw new InvalidArgumentError(`It is a whole number from ${low} to ${high}.`);
  }
  return value;
}

/** A port. */
export const port = (text: string): number => wholeNumber(text, 0, 65_535);

/** A transport and where people reach it. */
export function transport(text: string, before: readonly PtChoice[] | undefined): PtChoice[] {
  const [, name, host, number] = /^([a-z][a-z0-9_]*)=(\[[0-9a-fA-F:.]+\]|[^:\s]+):(\d{1,5})$/.exec(text) ?? [];
  const asked = Number(number);
  if (name === undefined || host === undefined || asked < 1 || asked > 65_535)
    throw new InvalidArgumentError("It is a transport, an address and a port, such as obfs4=203.0.113.5:9443.");
  return [...(before ?? []), { transport: name, host: host.replace(/^\[(.*)\]$/, "$1"), port: asked }];
}

/** Where people's programs dial. */
export function hostAndPort(text: string): { readonly publicHost: string; readonly port: number } {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9.-]+)):(\d{1,5})$/i.exec(text);
  if (match === null)
    throw new InvalidArgumentError("It is a name or address and a port, such as station.example:8388.");
  return { publicHost: match[1] ?? match[2] ?? "", port: wholeNumber(match[3] ?? "", 1, 65_535) };
}

/** What a WebSocket route begins with. */
export const routeUrl = (text: string): string => {
  const url = URL.parse(text);
  if (url === null || !/^(?:https?|wss?):$/.test(url.protocol))
    throw new InvalidArgumentError("It is a wss or ws URL.");
  return `${url.protocol.replace("http", "ws")}//${url.host}`;
};

/** A number, 0 for no limit. */
export function amount(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > 1_000_000)
    throw new InvalidArgumentError("It is a number; 0 lifts the limit.");
  return value;
}

/** Hours of the day. */
export function hours(text: string): readonly [number, number] | "all" {
  if (text === "all") return "all";
  const [, from, until] = /^(\d{1,2})-(\d{1,2})$/.exec(text) ?? [];
  if (from === undefined || until === undefined || Number(from) > 23 || Number(until) > 24)
    throw new InvalidArgumentError("It is two hours such as 22-6, or all.");
  return [Number(from), Number(until)];
}

/** Every value of an option that may be said again. */
export const collect = (value: string, before: readonly string[] | undefined): string[] => [...(before ?? []), value];
