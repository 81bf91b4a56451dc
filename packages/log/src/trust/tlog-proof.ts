/*
 * C2SP tlog-proof: one self-contained text that an entry is in a log, checkpoint and cosignatures included.
 *
 *   c2sp.org/tlog-proof@v1
 *   extra <base64>              only when there is extra data; not authenticated
 *   index <decimal>
 *   <base64 hash>               one a line, from the leaf's sibling up
 *   <empty line>
 *   <the checkpoint, verbatim>
 */
import { fromBase64, toBase64, utf8 } from "@chapar/wire/bytes";
import { type CheckpointNote, decodeCheckpoint } from "../checkpoint/open.ts";
import { parseDecimal, parseHashLine } from "../checkpoint/text.ts";
import { type Checked, LogError, refuse, type TextDecoded } from "../errors.ts";
import { decodeNoteText, encodeNote, NOTE_MAX_BYTES } from "../note/note.ts";
import type { NotePrimitives } from "../note/verify.ts";
import { verifyInclusion } from "../proof/inclusion.ts";
import { createTreeHasher } from "../tree/hash.ts";
import { type AcceptedCheckpoint, acceptCheckpoint } from "./accept.ts";
import type { Policy } from "./policy.ts";

const HEADER = "c2sp.org/tlog-proof@v1";
const MAX_HASHES = 63;

/** A proof of logging, nothing in it checked. */
export interface TlogProof extends CheckpointNote {
  readonly index: number;
  readonly inclusion: readonly Uint8Array[];
  /** what the application added; trust nothing in it */
  readonly extra?: Uint8Array;
}

function parseTagged(line: string | undefined, tag: string): string | undefined {
  return line?.startsWith(`${tag} `) === true ? line.slice(tag.length + 1) : undefined;
}

/**
 * Decodes a proof of logging.
 *
 * @returns `log/bad-proof`, and for the checkpoint in it `log/bad-note` · `log/bad-checkpoint` · `log/out-of-range`;
 * the offset counts lines of the proof, or bytes of the note
 * @see tlog-proof · L-46
 */
export function decodeTlogProof(bytes: Uint8Array): TextDecoded<TlogProof> {
  const text = bytes.byteLength <= NOTE_MAX_BYTES ? decodeNoteText(bytes) : undefined;
  const split = text?.indexOf("\n\n") ?? -1;
  if (text === undefined || split < 0) return bad(0);
  const lines = text.slice(0, split).split("\n");
  if (lines[0] !== HEADER) return bad(0);
  const extraText = parseTagged(lines[1], "extra");
  const indexAt = extraText === undefined ? 1 : 2;
  const extra = extraText === undefined ? undefined : fromBase64(extraText);
  if (extraText !== undefined && (extra === undefined || extra.byteLength === 0)) return bad(1);
  const index = parseDecimal(parseTagged(lines[indexAt], "index") ?? "");
  if (index === undefined) return bad(indexAt);
  const hashLines = lines.slice(indexAt + 1);
  const inclusion: Uint8Array[] = [];
  for (const [i, line] of hashLines.entries()) {
    const hash = parseHashLine(line);
    if (hash === undefined || i >= MAX_HASHES) return bad(indexAt + 1 + i);
    inclusion.push(hash);
  }
  const note = decodeCheckpoint(utf8(text.slice(split + 2)));
  if (!note.ok) return note;
  const value = { ...note.value, index, inclusion };
  return { ok: true, value: extra === undefined ? value : { ...value, extra } };
}

function bad(offset: number): TextDecoded<never> {
  return { ok: false, code: "log/bad-proof", offset };
}

/** Bytes of a proof of logging. @throws LogError `log/bad-argument` for what no proof can hold */
export function encodeTlogProof(proof: Omit<TlogProof, "checkpoint">): Uint8Array<ArrayBuffer> {
  const { index, inclusion, extra, note } = proof;
  if (parseDecimal(String(index)) === undefined || inclusion.length > MAX_HASHES) {
    throw new LogError("log/bad-argument", "not a proof of logging");
  }
  const extraLine = extra === undefined || extra.byteLength === 0 ? [] : [`extra ${toBase64(extra)}`];
  const lines = [HEADER, ...extraLine, `index ${index}`, ...inclusion.map((hash) => toBase64(hash)), "", ""];
  const head = utf8(lines.join("\n"));
  const tail = encodeNote(note);
  const bytes = new Uint8Array(head.byteLength + tail.byteLength);
  bytes.set(head);
  bytes.set(tail, head.byteLength);
  return bytes;
}

/**
 * Verifies a proof of logging offline: policy, cosignatures, inclusion.
 *
 * @param leafHash  RFC 6962 leaf hash of the entry, which the application computes
 * @returns the accepted checkpoint; as `acceptCheckpoint`, and `log/bad-proof` · `log/bad-root` not in that tree
 * @see tlog-proof, Verifying · L-46
 */
export async function verifyTlogProof(
  proof: TlogProof,
  leafHash: Uint8Array,
  policy: Policy,
  primitives: NotePrimitives,
): Promise<Checked<AcceptedCheckpoint>> {
  const accepted = await acceptCheckpoint(encodeNote(proof.note), policy, primitives);
  if (!accepted.ok) return accepted;
  const { size, root } = accepted.value.checkpoint;
  const hasher = createTreeHasher(primitives.sha256);
  const claim = { index: proof.index, size, leafHash, proof: proof.inclusion };
  return verifyInclusion(claim, root, hasher) ? accepted : refuse("log/bad-root");
}
