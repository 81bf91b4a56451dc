/*
 * What is taken when a station is seized: every file of its folder, and the memory of its process while it runs, read page by page as a core
 * dump would have it. Reading another process's memory needs Linux and the right to trace it.
 */
import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join } from "node:path";

const PIECE_BYTES = 4 * 1024 * 1024;

/** A stretch of an image. Stretches overlap, so that nothing that stands at their border is missed. */
export type Look = (piece: Buffer, atByte: number) => void;

/** Reads a file or a range of one, in pieces that overlap. @returns bytes read */
function readPieces(
  fd: number,
  range: { readonly from: number; readonly to: number },
  overlap: number,
  look: Look,
): number {
  const buffer = Buffer.allocUnsafe(PIECE_BYTES + overlap);
  for (let at = range.from; at < range.to; at += PIECE_BYTES) {
    const wanted = Math.min(buffer.byteLength, range.to - at);
    let size: number;
    try {
      size = readSync(fd, buffer, 0, wanted, at);
    } catch {
      // Pages that a device owns, or that are gone meanwhile, cannot be read by anybody.
      continue;
    }
    look(buffer.subarray(0, size), at);
    if (size < wanted) return at + size - range.from;
  }
  return range.to - range.from;
}

/** Looks at every file of a folder. @returns bytes looked at */
export function readFolder(folder: string, overlap: number, look: Look): number {
  let total = 0;
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const fd = openSync(join(entry.parentPath, entry.name), "r");
    try {
      total += readPieces(fd, { from: 0, to: Number.MAX_SAFE_INTEGER }, overlap, look);
    } finally {
      closeSync(fd);
    }
  }
  return total;
}

/** Why no memory can be read here; undefined when it can. */
export function whyNoMemory(): string | undefined {
  return process.platform === "linux" ? undefined : "the memory of a process is read through /proc, which is Linux";
}

/** Looks at everything that a process has written in its memory, while it stands still. @returns bytes looked at */
export function readMemory(pid: number, overlap: number, look: Look): number {
  process.kill(pid, "SIGSTOP");
  const memory = openSync(`/proc/${pid}/mem`, "r");
  try {
    let total = 0;
    for (const line of readFileSync(`/proc/${pid}/maps`, "utf8").split("\n")) {
      const range = /^([0-9a-f]+)-([0-9a-f]+) rw/u.exec(line);
      if (range === null) continue;
      const [from, to] = [range[1], range[2]].map((text) => Number.parseInt(text ?? "0", 16));
      total += readPieces(memory, { from: from ?? 0, to: to ?? 0 }, overlap, look);
    }
    return total;
  } finally {
    closeSync(memory);
    process.kill(pid, "SIGCONT");
  }
}
