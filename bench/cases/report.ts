/*
 * A residency report of a station with a million accounts: its size, and how long a stranger takes to check it with the file alone.
 * Run: node bench/cases/report.ts [accounts] [accounts of one epoch]. Prints one JSON object with its origin; nothing is kept.
 */
import { createPrivateKey, createPublicKey, sign, verify } from "node:crypto";
import { performance } from "node:perf_hooks";
import { createEvidencePorts, DATA_CLASSES, generationKey } from "@chapar/evidence";
import { CompactRange, encodeCheckpoint, signNote, encodeCheckpointText } from "@chapar/log";
import { LedgerAuditor, REPORT_FORMAT, type ReportBody, signReport, verifyReport } from "@chapar/station";
import { nodeSha256 as sha256 } from "@chapar/station/node";
import { encodeLedgerLeaf, type EpochLeaf, idText, ledgerOrigin, stationKey } from "@chapar/wire";
import { type Signer, toBase64Url, toHex, type Verifier } from "@chapar/wire/bytes";
import { origin } from "../record.ts";

const ACCOUNTS = Number(process.argv[2] ?? 1_000_000);
const EACH = Number(process.argv[3] ?? 1_000);
const PKCS8 = Buffer.from("302e020100300506032b657004220420", "hex");
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const ZEROS = new Uint8Array(32);

const secret = createPrivateKey({ key: Buffer.concat([PKCS8, Buffer.alloc(32, 1)]), format: "der", type: "pkcs8" });
const signer: Signer = {
  publicKey: new Uint8Array(createPublicKey(secret).export({ format: "der", type: "spki" }).subarray(SPKI.byteLength)),
  sign: (text) => new Uint8Array(sign(null, text, secret)),
};
const verifier: Verifier = (publicKey, message, signature) =>
  verify(
    null,
    message,
    createPublicKey({ key: Buffer.concat([SPKI, publicKey]), format: "der", type: "spki" }),
    signature,
  );
const ports = createEvidencePorts(sha256, verifier);
const key = stationKey(signer.publicKey);

/** A log of so many accounts, whose last epoch has the right root: what those before say is only hashed. */
function makeLog(): { packed: Uint8Array; range: CompactRange; epoch: EpochLeaf } {
  const auditor = new LedgerAuditor(sha256, 16);
  const range = new CompactRange(ports.hasher);
  const pieces: Uint8Array[] = [];
  const add = (leaf: Uint8Array): void => {
    range.append(ports.hasher.leaf(leaf));
    pieces.push(Uint8Array.of(leaf.byteLength >> 8, leaf.byteLength & 0xff), leaf);
  };
  let epoch: EpochLeaf | undefined;
  for (let done = 0; done < ACCOUNTS; done += EACH) {
    for (let i = done; i < Math.min(done + EACH, ACCOUNTS); i++) {
      const identity = sha256(Buffer.from(`identity ${i}`));
      const leaf = encodeLedgerLeaf({ kind: "identity-op", identity, seq: 0, commitment: sha256(identity) });
      if (auditor.take(leaf) !== undefined) throw new Error("a false log");
      add(leaf);
    }
    epoch = {
      kind: "epoch",
      number: done / EACH,
      timeMs: done,
      headCount: 0,
      headsRoot: ZEROS,
      identityCount: auditor.count,
      identitiesRoot: done + EACH >= ACCOUNTS ? auditor.root().slice() : ZEROS,
      residencyRoot: ZEROS,
      egressRoot: ZEROS,
      isWhole: true,
    };
    add(encodeLedgerLeaf(epoch));
  }
  if (epoch === undefined) throw new Error("no epoch");
  return { packed: new Uint8Array(Buffer.concat(pieces)), range, epoch };
}

async function makeReport(): Promise<string> {
  const { packed, range, epoch } = makeLog();
  const checkpoint = { origin: ledgerOrigin(key, 1), size: range.size, root: range.root() };
  const signature = await signNote(encodeCheckpointText(checkpoint), generationKey(key, 1, sha256), signer);
  const nothing = Object.fromEntries(DATA_CLASSES.map((of) => [of, { count: 0, bytes: 0, root: "" }]));
  const body: ReportBody = {
    format: REPORT_FORMAT,
    station: idText(key),
    region: "IR",
    from: "2026-11-01",
    to: "2026-12-01",
    madeMs: Date.now(),
    generation: 1,
    checkpoint: Buffer.from(encodeCheckpoint(checkpoint, [signature])).toString("utf8"),
    log: toBase64Url(packed),
    classes: {
      ...(nothing as ReportBody["classes"]),
      account: { count: epoch.identityCount, bytes: 0, root: toHex(epoch.identitiesRoot) },
      envelope: { count: 0, bytes: 0, root: toHex(epoch.headsRoot) },
      commitment: { count: range.size, bytes: packed.byteLength, root: toHex(range.root()) },
    },
    policies: [],
    egress: [],
  };
  return await signReport(body, signer, sha256);
}

const text = await makeReport();
const began = performance.now();
const cpuBefore = process.cpuUsage();
const checked = await verifyReport(text, ports);
const verifySeconds = Math.round(performance.now() - began) / 1000;
const { user, system } = process.cpuUsage(cpuBefore);
const cpuSeconds = Math.round((user + system) / 1000) / 1000;
if (!checked.ok) throw new Error(checked.fault);
const fileBytes = Buffer.byteLength(text);
const peakMib = Math.round(process.resourceUsage().maxRSS / 1024);
const result = { accounts: checked.value.epoch.identityCount, epochs: checked.value.epoch.number + 1, fileBytes };
process.stdout.write(`${JSON.stringify({ ...result, verifySeconds, cpuSeconds, peakMib, ...origin() })}\n`);
