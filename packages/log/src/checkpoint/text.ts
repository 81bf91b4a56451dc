/*
 * C2SP tlog-checkpoint: a tree head as the text of a signed note.
 *
 *   <origin>
 *   <tree size, decimal, no leading zero>
 *   <root hash, base64>
 *   <extension lines: opaque, not recommended, each non-empty>
 *
 * Sizes above 2^53 - 1 are refused as out of range: no log we meet can be that large.
 */
import { fromBase64, toBase64 } from "@chapar/wire/bytes";
import { LogError, type TextDecoded } from "../errors.ts";
import { HASH_BYTES } from "../tree/hash.ts";

/** A log's head as C2SP writes it. */
export interface Checkpoint {
  /** names the log; one non-empty line */
  readonly origin: string;
  readonly size: number;
  /** 32 bytes */
  readonly root: Uint8Array;
  /** usually none */
  readonly extensions?: readonly string[];
}

/** Parses a size or index: decimal, no leading zero, at most 2^53 - 1. */
export function parseDecimal(text: string): number | undefined {
  if (!/^(?:0|[1-9][0-9]{0,15})$/.test(text)) return undefined;
  const value = Number(text);
  return Number.isSafeInteger(value) ? value : undefined;
}

/** Parses one base64 line that must hold a hash. */
export function parseHashLine(line: string): Uint8Array | undefined {
  const hash = fromBase64(line);
  return hash?.byteLength === HASH_BYTES ? hash : undefined;
}

/**
 * Decodes a checkpoint's text.
 *
 * @returns `log/bad-checkpoint` · `log/out-of-range` a well-formed size above 2^53 - 1; the offset counts lines here
 * @see tlog-checkpoint, Note text · L-43
 */
export function decodeCheckpointText(text: string): TextDecoded<Checkpoint> {
  const lines = text.split("\n");
  const [origin, sizeLine, rootLine, ...rest] = lines;
  const empty = lines.indexOf("");
  if (origin === undefined || sizeLine === undefined || rootLine === undefined || empty < 3) return bad(0);
  if (empty !== lines.length - 1) return bad(empty);
  const size = parseDecimal(sizeLine);
  if (size === undefined) return bad(1, /^[1-9][0-9]{15,}$/.test(sizeLine) ? "log/out-of-range" : "log/bad-checkpoint");
  const root = parseHashLine(rootLine);
  if (root === undefined) return bad(2);
  const extensions = rest.slice(0, -1);
  const checkpoint = { origin, size, root };
  return { ok: true, value: extensions.length === 0 ? checkpoint : { ...checkpoint, extensions } };
}

function bad(
  offset: number,
  code: "log/bad-checkpoint" | "log/out-of-range" = "log/bad-checkpoint",
): TextDecoded<never> {
  return { ok: false, code, offset };
}

/** The text of a checkpoint. @throws LogError `log/bad-argument` for what no checkpoint can hold */
export function encodeCheckpointText(checkpoint: Checkpoint): string {
  const { origin, size, root, extensions = [] } = checkpoint;
  const text = [origin, String(size), toBase64(root), ...extensions, ""].join("\n");
  const decoded = decodeCheckpointText(text);
  if (!decoded.ok || decoded.value.origin !== origin || (decoded.value.extensions ?? []).length !== extensions.length) {
    throw new LogError("log/bad-argument", "not a checkpoint");
  }
  return text;
}
