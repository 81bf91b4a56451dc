/*
 * What two chapar processes of one user say to each other over the profile's socket: JSON-RPC 2.0, one object per line.
 *
 *   server → client   {"jsonrpc":"2.0","method":"hello","params":{version, pid, me, route}}   first line
 *   client → server   {"jsonrpc":"2.0","id":1,"method":"send","params":[…]}
 *   client → server   {"jsonrpc":"2.0","method":"cancel","params":[1]}
 *   server → client   {"jsonrpc":"2.0","id":1,"result":…}  or  {…,"error":{code, message, data:{code, detail}}}
 *   server → client   {"jsonrpc":"2.0","method":"event","params":{event, me, route}}
 *   server → client   {"jsonrpc":"2.0","method":"leaving"}     no call is taken any more
 *
 * Bytes travel as {"$bytes": base64}. `me` and `route` ride on every event because the engine answers them at once.
 */
import {
  ANSWERS,
  type CallTraits,
  CHANGES,
  type Client,
  CLIENT_PARTS,
  type ClientEvent,
  type Me,
  type PartName,
  type RouteView,
  WAITS,
} from "@chapar/client";

/** Raised when one of the messages below changes; a process of another version is not spoken to. */
export const HOST_VERSION: number = 6;
/** A line longer than this ends the connection: an attachment of the greatest size, in base64, with room. */
export const LONGEST_LINE_CHARS: number = 256 * 1024 * 1024;

/** Methods of the engine that may be called from another process. */
export type Method = Exclude<
  keyof Client,
  PartName | "me" | "route" | "preview" | "subscribe" | typeof Symbol.asyncDispose
>;

/** A call of a part: `ways.add`. */
export type PartMethod = `${PartName}.${string}`;

/** Every method with its traits; a method the interface gains is missed by the compiler here. */
export const METHODS: Readonly<Record<Method, CallTraits>> = {
  join: CHANGES,
  setName: ANSWERS,
  recoveryWords: ANSWERS,
  exitPass: WAITS,
  invite: ANSWERS,
  open: ANSWERS,
  conversations: ANSWERS,
  conversation: ANSWERS,
  messages: ANSWERS,
  send: CHANGES,
  receipt: WAITS,
  markRead: ANSWERS,
  connect: ANSWERS,
  settled: WAITS,
  alerts: ANSWERS,
  proof: ANSWERS,
  markAlertSeen: ANSWERS,
  watch: ANSWERS,
  check: WAITS,
  safety: ANSWERS,
  markCompared: ANSWERS,
  askMembers: ANSWERS,
  takeBack: CHANGES,
  incidents: ANSWERS,
};

/** A method as it may come over the socket. */
export type Called =
  | { readonly kind: "method"; readonly method: Method; readonly traits: CallTraits }
  | { readonly kind: "part"; readonly part: PartName; readonly name: string; readonly traits: CallTraits };

const isMethod = (name: string): name is Method => Object.hasOwn(METHODS, name);
const isPart = (name: string): name is PartName => Object.hasOwn(CLIENT_PARTS, name);

/** What a name from the socket calls; undefined for a name of nothing. */
export function calledBy(name: string): Called | undefined {
  if (isMethod(name)) return { kind: "method", method: name, traits: METHODS[name] };
  const dot = name.indexOf(".");
  const part = name.slice(0, dot);
  if (dot < 0 || !isPart(part)) return undefined;
  const call = name.slice(dot + 1);
  const table: Readonly<Record<string, CallTraits>> = CLIENT_PARTS[part];
  const traits = Object.hasOwn(table, call) ? table[call] : undefined;
  return traits && { kind: "part", part, name: call, traits };
}

/** What the engine answers without waiting, as of one moment. */
export interface Standing {
  readonly me: Me | undefined;
  readonly route: RouteView;
}

/** An error as it crosses the socket. */
export interface ErrorData {
  readonly code: string;
  readonly message: string;
  readonly detail?: unknown;
  /** true: the call was certainly not begun */
  readonly untouched?: boolean;
}

/** A line, decoded. */
export type HostMessage =
  | { readonly kind: "hello"; readonly version: number; readonly pid: number; readonly standing: Standing }
  | { readonly kind: "event"; readonly event: ClientEvent; readonly standing: Standing }
  | { readonly kind: "leaving" }
  | { readonly kind: "call"; readonly id: number; readonly method: string; readonly params: readonly unknown[] }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "result"; readonly id: number; readonly result: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: ErrorData };

const JSON_RPC = { jsonrpc: "2.0" } as const;
/** The range JSON-RPC leaves to applications. */
const APPLICATION_ERROR = -32_000;

/** `this` is the object that holds the value: a Buffer's own toJSON has already taken `value` apart. */
function packBytes(this: unknown, key: string, value: unknown): unknown {
  const held = (this as Readonly<Record<string, unknown>>)[key];
  if (!(held instanceof Uint8Array)) return value;
  return { $bytes: Buffer.from(held.buffer, held.byteOffset, held.byteLength).toString("base64") };
}

function unpackBytes(_key: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !("$bytes" in value) || typeof value.$bytes !== "string")
    return value;
  return new Uint8Array(Buffer.from(value.$bytes, "base64"));
}

function asObject(message: HostMessage): Record<string, unknown> {
  switch (message.kind) {
    case "hello":
      return { method: "hello", params: { version: message.version, pid: message.pid, standing: message.standing } };
    case "event":
      return { method: "event", params: { event: message.event, standing: message.standing } };
    case "leaving":
      return { method: "leaving" };
    case "call":
      return { id: message.id, method: message.method, params: message.params };
    case "cancel":
      return { method: "cancel", params: [message.id] };
    case "result":
      // JSON-RPC wants a result; a call that answers nothing answers null.
      return { id: message.id, result: message.result ?? null };
    case "error":
    default:
      return {
        id: message.id,
        error: { code: APPLICATION_ERROR, message: message.error.message, data: message.error },
      };
  }
}

/** A message as one line. */
export function encodeMessage(message: HostMessage): string {
  return `${JSON.stringify({ ...JSON_RPC, ...asObject(message) }, packBytes)}\n`;
}

/** A line as a message; undefined for anything else (the socket is the user's own, but a decoder never throws). */
export function decodeMessage(line: string): HostMessage | undefined {
  let raw: Record<string, unknown>;
  try {
    const parsed: unknown = JSON.parse(line, unpackBytes);
    if (typeof parsed !== "object" || parsed === null) return undefined;
    raw = parsed as Record<string, unknown>;
  } catch {
    return undefined;
  }
  const { id, method, params } = raw;
  if (typeof id === "number") {
    if (typeof method === "string") return Array.isArray(params) ? { kind: "call", id, method, params } : undefined;
    const data = (raw["error"] as { data?: ErrorData } | undefined)?.data;
    if (data !== undefined) return typeof data.code === "string" ? { kind: "error", id, error: data } : undefined;
    return "result" in raw ? { kind: "result", id, result: raw["result"] ?? undefined } : undefined;
  }
  const named = (typeof params === "object" && params !== null ? params : {}) as Record<string, unknown>;
  if (method === "hello" && typeof named["version"] === "number") {
    return {
      kind: "hello",
      version: named["version"],
      pid: Number(named["pid"]),
      standing: named["standing"] as Standing,
    };
  }
  if (method === "event") {
    return { kind: "event", event: named["event"] as ClientEvent, standing: named["standing"] as Standing };
  }
  if (method === "leaving") return { kind: "leaving" };
  if (method === "cancel" && Array.isArray(params) && typeof params[0] === "number")
    return { kind: "cancel", id: params[0] };
  return undefined;
}
