/*
 * A message that a person reports to the operator of their station, with what proves who wrote it (protocol/11-chats.md N-20):
 *
 *   report = version u8 (1), log[32], index u64, sender[20], device[32], epoch u64, leaf u32, letter opaque<66000>,
 *            signature opaque<64>, context opaque<66000>, ops list<256> of opaque<2048>
 *
 * The device's signature covers letter and context (signed-message.ts), and the op chain says whose the device is, so the operator
 * needs nobody's word for it. `signature` is empty when the reporter has none: then the report is a claim.
 */
import { ByteReader, ByteWriter, type Decoded, equalBytes, type Sha256, type Verifier } from "@chapar/wire/bytes";
import { foldChain, ID_SIZE_BYTES, MAX_OP_BYTES, MAX_OPS } from "@chapar/wire";
import { decodeLetter } from "@chapar/wire/content";
import { signedMessageBytes } from "./mls/signed-message.ts";

const VERSION = 1;
const LOG_BYTES = 32;
const KEY_BYTES = 32;
const SIGNATURE_BYTES = 64;
const MAX_PART_BYTES = 66_000;

/** A reported message. */
export interface MessageReport {
  /** where the sealed message stands */
  readonly log: Uint8Array;
  readonly index: number;
  /** 20 bytes: whose it is said to be, and the key of their device */
  readonly sender: Uint8Array;
  readonly device: Uint8Array;
  /** of the MLS group, and where the sender sat in it */
  readonly epoch: number;
  readonly leaf: number;
  /** as it was opened */
  readonly letter: Uint8Array;
  /** the sender's device key over letter and context; empty: the reporter has none */
  readonly signature: Uint8Array;
  readonly context: Uint8Array;
  /** the sender's op chain */
  readonly ops: readonly Uint8Array[];
}

/** Writes a report. @throws RangeError on a field above its size */
export function encodeReport(report: MessageReport): Uint8Array<ArrayBuffer> {
  const { letter, context, ops } = report;
  if (letter.byteLength > MAX_PART_BYTES || context.byteLength > MAX_PART_BYTES || ops.length > MAX_OPS)
    throw new RangeError("a report that nobody would read");
  return new ByteWriter(letter.byteLength + context.byteLength + 4096)
    .u8(VERSION)
    .bytes(report.log)
    .index(report.index)
    .bytes(report.sender)
    .bytes(report.device)
    .index(report.epoch)
    .u32(report.leaf)
    .opaque(letter)
    .opaque(report.signature)
    .opaque(context)
    .list(ops, (to, op) => void to.opaque(op))
    .finish();
}

/** Reads a report from untrusted bytes; byte fields are views. */
export function decodeReport(bytes: Uint8Array): Decoded<MessageReport, string> {
  const reader = new ByteReader(bytes);
  if (reader.u8() !== VERSION) reader.fail("wire/range");
  return reader.finish({
    log: reader.bytes(LOG_BYTES),
    index: reader.index(),
    sender: reader.bytes(ID_SIZE_BYTES.identity),
    device: reader.bytes(KEY_BYTES),
    epoch: reader.index(),
    leaf: reader.u32(),
    letter: reader.opaque(MAX_PART_BYTES),
    signature: reader.opaque(SIGNATURE_BYTES),
    context: reader.opaque(MAX_PART_BYTES),
    ops: reader.list(MAX_OPS, (item) => item.opaque(MAX_OP_BYTES)),
  });
}

/**
 * What a report comes to. `proven`: a device that the sender's own keys list signed this letter · `claimed`: it carries no
 * signature · `false`: what it carries does not hold.
 */
export type ReportWorth = "proven" | "claimed" | "false";

/** Checks what a report carries. Cost: one signature, and one for each op of the chain. */
export async function weighReport(
  report: MessageReport,
  ports: { readonly sha256: Sha256; readonly verify: Verifier },
): Promise<ReportWorth> {
  const letter = decodeLetter(report.letter);
  if (!letter.ok) return "false";
  if (report.signature.byteLength === 0) return "claimed";
  const { epoch, leaf, context, device, signature, sender } = report;
  const signed = { groupId: letter.value.conversation, epoch, leaf, content: report.letter, context };
  if (!(await ports.verify(device, signedMessageBytes(signed), signature))) return "false";
  const chain = await foldChain(report.ops, ports, sender);
  if (!chain.ok) return "false";
  // A device that was revoked since has signed all the same; one that was taken back was never the person's.
  const { devices, revoked } = chain.value;
  return [...devices, ...revoked].some((one) => equalBytes(one.device, device)) ? "proven" : "false";
}
