/*
 * Introductions (F-64): before a commit that adds people, its maker puts their chains into the room, sealed under a secret of the epoch
 * that the commit ends. They are entries of kind `message` whose frame is none of MLS:
 *
 *   frame = "CINT", nonce[12], AES-256-GCM(key, nonce, aad = "CINT" ‖ conversation ‖ epoch u64, people ‖ zeros), of a size that W-34 allows
 *   key   = MLS-Exporter("chapar introduction", "", 32) of the epoch
 */
import type { MlsGroup } from "@chapar/e2e";
import { BUCKETS_BYTES, encodeEntry } from "@chapar/wire";
import { ByteReader, ByteWriter, concatBytes, equalBytes, utf8 } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";
import { encodePeople, readPeople, sizeOf, type ToldPerson } from "./people-bundle.ts";

/** What sealing and opening rest on. */
type Sealing = Pick<Core, "mls" | "crypto" | "random">;

const MAGIC = utf8("CINT");
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_BYTES = 32;
const OVERHEAD_BYTES = MAGIC.byteLength + NONCE_BYTES + TAG_BYTES;
const MOST_BYTES = Math.max(...BUCKETS_BYTES) - OVERHEAD_BYTES - 8;
const LABEL = "chapar introduction";

/** Whether a message's frame is an introduction. */
export function isIntroduction(frame: Uint8Array): boolean {
  return frame.byteLength > OVERHEAD_BYTES && equalBytes(frame.subarray(0, MAGIC.byteLength), MAGIC);
}

async function keyOf(core: Sealing, group: MlsGroup): Promise<Uint8Array> {
  return core.mls.exportSecret(group, LABEL, new Uint8Array(0), KEY_BYTES);
}

function aadOf(group: MlsGroup): Uint8Array {
  return concatBytes(MAGIC, new ByteWriter().bytes(group.groupId).index(group.epoch).finish());
}

/** Entries that introduce people in the group's epoch; each holds as many as fit. @throws RangeError a chain fits none */
export async function introductions(
  core: Sealing,
  group: MlsGroup,
  people: readonly ToldPerson[],
): Promise<readonly Uint8Array[]> {
  const pages: ToldPerson[][] = [];
  let leftBytes = 0;
  for (const person of people) {
    const sizeBytes = sizeOf(person);
    if (sizeBytes > MOST_BYTES) throw new RangeError("a chain is larger than an introduction");
    if (sizeBytes > leftBytes) {
      pages.push([]);
      leftBytes = MOST_BYTES;
    }
    pages.at(-1)?.push(person);
    leftBytes -= sizeBytes;
  }
  const key = await keyOf(core, group);
  return Promise.all(pages.map((page) => sealPage(core, group, key, encodePeople(page))));
}

async function sealPage(core: Sealing, group: MlsGroup, key: Uint8Array, people: Uint8Array): Promise<Uint8Array> {
  const size = BUCKETS_BYTES.find((one) => one >= people.byteLength + OVERHEAD_BYTES) ?? people.byteLength;
  const plain = new Uint8Array(size - OVERHEAD_BYTES);
  plain.set(people);
  const nonce = core.random(NONCE_BYTES);
  const sealed = await core.crypto.aeadSeal(key, nonce, aadOf(group), plain);
  return encodeEntry({ kind: "message", epoch: group.epoch, frame: concatBytes(MAGIC, nonce, sealed) });
}

/** The people of an introduction that was sealed in the group's epoch; undefined for any other bytes. */
export async function openIntroduction(
  core: Sealing,
  group: MlsGroup,
  frame: Uint8Array,
): Promise<readonly ToldPerson[] | undefined> {
  const nonce = frame.subarray(MAGIC.byteLength, MAGIC.byteLength + NONCE_BYTES);
  const sealed = frame.subarray(MAGIC.byteLength + NONCE_BYTES);
  const plain = await core.crypto.aeadOpen(await keyOf(core, group), nonce, aadOf(group), sealed);
  if (plain === undefined) return undefined;
  const reader = new ByteReader(plain);
  const people = readPeople(reader);
  const rest = reader.rest();
  const decoded = reader.finish(people);
  return decoded.ok && rest.every((byte) => byte === 0) ? decoded.value : undefined;
}
