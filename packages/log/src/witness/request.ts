/*
 * C2SP tlog-witness, the bodies that go over the wire. Request of add-checkpoint:
 *
 *   old <decimal>
 *   <base64 hash>               consistency proof, at most 63 lines
 *   <empty line>
 *   <the checkpoint, verbatim>
 *
 * Answer 200: signature lines. Answer 409: the latest cosigned size and a newline, as text/x.tlog.size.
 */
import { toBase64, toHex, type Sha256, utf8 } from "@chapar/wire/bytes";
import { type CheckpointNote, decodeCheckpoint } from "../checkpoint/open.ts";
import { parseDecimal, parseHashLine } from "../checkpoint/text.ts";
import { LogError, refuseAt, type TextDecoded } from "../errors.ts";
import {
  decodeNoteText,
  encodeNote,
  formatSignatureLine,
  type Note,
  NOTE_MAX_BYTES,
  NOTE_MAX_SIGNATURES,
  type NoteSignature,
  parseSignatureLine,
} from "../note/note.ts";

/** Media type of a 409 answer's body. */
export const TLOG_SIZE_TYPE = "text/x.tlog.size";

/** Most lines of proof a request may have. */
export const WITNESS_MAX_PROOF_LINES = 63;

/** A request to cosign a checkpoint. */
export interface AddCheckpoint extends CheckpointNote {
  /** what the client believes the witness cosigned last; 0 for nothing */
  readonly oldSize: number;
  readonly proof: readonly Uint8Array[];
}

/** Body of an add-checkpoint request. @throws LogError `log/bad-argument` · @see tlog-witness · L-55 */
export function encodeAddCheckpoint(
  oldSize: number,
  proof: readonly Uint8Array[],
  note: Note,
): Uint8Array<ArrayBuffer> {
  if (parseDecimal(String(oldSize)) === undefined || proof.length > WITNESS_MAX_PROOF_LINES) {
    throw new LogError("log/bad-argument", "not a witness request");
  }
  const head = utf8([`old ${oldSize}`, ...proof.map((hash) => toBase64(hash)), "", ""].join("\n"));
  const tail = encodeNote(note);
  const body = new Uint8Array(head.byteLength + tail.byteLength);
  body.set(head);
  body.set(tail, head.byteLength);
  return body;
}

/**
 * Decodes an add-checkpoint request; nothing is checked but the form.
 *
 * @returns `log/bad-request` with the number of the line refused; `log/bad-note` · `log/bad-checkpoint` ·
 * `log/out-of-range` for the checkpoint in it. A witness answers 400 to all of them
 * @see tlog-witness, add-checkpoint · L-55
 */
export function decodeAddCheckpoint(body: Uint8Array): TextDecoded<AddCheckpoint> {
  const text = body.byteLength <= NOTE_MAX_BYTES ? decodeNoteText(body) : undefined;
  const split = text?.indexOf("\n\n") ?? -1;
  if (text === undefined || split < 0) return refuseAt("log/bad-request", 0);
  const [oldLine = "", ...hashLines] = text.slice(0, split).split("\n");
  const oldSize = oldLine.startsWith("old ") ? parseDecimal(oldLine.slice(4)) : undefined;
  if (oldSize === undefined) return refuseAt("log/bad-request", 0);
  if (hashLines.length > WITNESS_MAX_PROOF_LINES) return refuseAt("log/bad-request", WITNESS_MAX_PROOF_LINES + 1);
  const proof: Uint8Array[] = [];
  for (const [i, line] of hashLines.entries()) {
    const hash = parseHashLine(line);
    if (hash === undefined) return refuseAt("log/bad-request", 1 + i);
    proof.push(hash);
  }
  const checkpoint = decodeCheckpoint(utf8(text.slice(split + 2)));
  return checkpoint.ok ? { ok: true, value: { ...checkpoint.value, oldSize, proof } } : checkpoint;
}

/** Body of a 200 answer. */
export function encodeSignatureLines(signatures: readonly NoteSignature[]): Uint8Array<ArrayBuffer> {
  return utf8(signatures.map(formatSignatureLine).join(""));
}

/** Decodes the body of a 200 answer: one or more signature lines. @returns `log/bad-note` */
export function decodeSignatureLines(body: Uint8Array): TextDecoded<NoteSignature[]> {
  const text = body.byteLength <= NOTE_MAX_BYTES ? decodeNoteText(body) : undefined;
  if (text === undefined || !text.endsWith("\n")) return refuseAt("log/bad-note", 0);
  const lines = text.slice(0, -1).split("\n");
  if (lines.length > NOTE_MAX_SIGNATURES) return refuseAt("log/bad-note", 0);
  const signatures: NoteSignature[] = [];
  for (const [i, line] of lines.entries()) {
    const signature = parseSignatureLine(line);
    if (signature === undefined) return refuseAt("log/bad-note", i);
    signatures.push(signature);
  }
  return { ok: true, value: signatures };
}

/** Body of a 409 answer. */
export function encodeConflictSize(size: number): Uint8Array<ArrayBuffer> {
  return utf8(`${size}\n`);
}

/** Decodes the body of a 409 answer. @returns `log/bad-request` */
export function decodeConflictSize(body: Uint8Array): TextDecoded<number> {
  const text = body.byteLength <= 32 ? decodeNoteText(body) : undefined;
  const size = text?.endsWith("\n") === true ? parseDecimal(text.slice(0, -1)) : undefined;
  return size === undefined ? refuseAt("log/bad-request", 0) : { ok: true, value: size };
}

/** Path, below the monitoring prefix, of the latest checkpoint that a witness cosigned for a log. @see tlog-witness · L-58 */
export function monitorPath(origin: string, sha256: Sha256): string {
  return `${toHex(sha256(utf8(origin)))}/checkpoint`;
}
