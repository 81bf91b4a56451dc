/*
 * How an operator speaks to a station that runs: a socket in its data folder, which only the folder's owner can enter and
 * open (mode 0600). One line of JSON each way, then the end.
 *
 *   {"op":"remove","log":BASE32,"index":N,"reason":TEXT,"reference":TEXT}
 *   {"ok":true,"generation":N,"ledgerIndex":N}  ·  {"ok":false,"code":CODE}
 */
import { chmodSync, rmSync } from "node:fs";
import { createConnection, createServer, type Server, type Socket } from "node:net";
import { once } from "node:events";
import { join } from "node:path";
import { idText, logId, parseIdText } from "@chapar/wire";
import { isStationError, STATION_CODES, stationError, type StationCode } from "../errors.ts";
import type { RemovalOrder } from "../hub/removals.ts";
import type { TombstonePlace } from "../store/port.ts";

const SOCKET_NAME = "control.sock";
/** sun_path holds 104 bytes on BSD systems, 108 on Linux, the closing zero included. */
const LONGEST_PATH_BYTES = 103;
const MAX_LINE_BYTES = 8192;
const LOG_BYTES = 32;

/** Does what the operator orders. */
export type Remove = (order: RemovalOrder) => Promise<TombstonePlace>;

/** Where a folder's station listens for its operator; undefined when the folder's path is too long for a socket. */
function socketPath(dataDir: string): string | undefined {
  const path = join(dataDir, SOCKET_NAME);
  return Buffer.byteLength(path) <= LONGEST_PATH_BYTES ? path : undefined;
}

/**
 * Listens for the operator until the answer is called. The folder must be locked: a socket that stands there is one that
 * a process left which was killed.
 */
export async function listenForOperator(dataDir: string, remove: Remove): Promise<() => Promise<void>> {
  const path = socketPath(dataDir);
  if (path === undefined) return async () => undefined;
  rmSync(path, { force: true });
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    void readLine(socket).then((line) =>
      answer(line, remove).then((reply) => socket.end(`${JSON.stringify(reply)}\n`)),
    );
  });
  server.listen(path);
  await once(server, "listening");
  chmodSync(path, 0o600);
  return async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of open) socket.destroy();
    await closed;
  };
}

type Reply = ({ readonly ok: true } & TombstonePlace) | { readonly ok: false; readonly code: StationCode };

async function answer(line: string, remove: Remove): Promise<Reply> {
  const order = parseOrder(line);
  if (order === undefined) return { ok: false, code: "station/bad-removal" };
  try {
    return { ok: true, ...(await remove(order)) };
  } catch (error) {
    return { ok: false, code: isStationError(error) ? error.code : "station/internal" };
  }
}

function parseOrder(line: string): RemovalOrder | undefined {
  const { op, log, index, reason, reference } = parse(line);
  const id = typeof log === "string" ? parseIdText(log, LOG_BYTES) : undefined;
  if (op !== "remove" || id === undefined || typeof index !== "number" || !Number.isSafeInteger(index))
    return undefined;
  if (index < 0 || typeof reason !== "string" || typeof reference !== "string") return undefined;
  return { log: logId(id), index, reason, reference };
}

function parse(line: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

/** The first line of a socket, without its end; what is there when it ends or says too much. */
async function readLine(socket: Socket): Promise<string> {
  socket.setEncoding("utf8");
  let text = "";
  try {
    for await (const piece of socket.iterator({ destroyOnReturn: false })) {
      text += String(piece);
      if (text.includes("\n") || text.length > MAX_LINE_BYTES) break;
    }
  } catch {
    // It ended badly: what came is all there is.
  }
  return text.split("\n", 1)[0] ?? "";
}

/**
 * Orders a removal from the station that runs on a folder.
 *
 * @returns where the tombstone stands, or undefined when no station listens there
 * @throws StationError what the station answered · `station/closed` it ended before it answered: it goes on after its next start
 */
export async function orderRemoval(dataDir: string, order: RemovalOrder): Promise<TombstonePlace | undefined> {
  const path = socketPath(dataDir);
  if (path === undefined) return undefined;
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
  } catch {
    return undefined;
  }
  socket.write(`${JSON.stringify({ op: "remove", ...order, log: idText(order.log) })}\n`);
  const { ok, code, generation, ledgerIndex } = parse(await readLine(socket));
  socket.destroy();
  if (ok === true && typeof generation === "number" && typeof ledgerIndex === "number")
    return { generation, ledgerIndex };
  throw stationError(isCode(code) ? code : "station/closed");
}

function isCode(code: unknown): code is StationCode {
  return typeof code === "string" && (code.startsWith("station/") || Object.hasOwn(STATION_CODES, code));
}
