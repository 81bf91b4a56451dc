/* What own devices say of themselves in the own register: what they are called, and when they were there last (D-30). */
import { ByteReader, ByteWriter, toBase64Url } from "@chapar/wire/bytes";
import { cleanName } from "@chapar/wire/content";
import type { Member } from "../core.ts";
import { Draft } from "../store/shelf.ts";

const VERSION = 1;
const MAX_NAME_BYTES = 256;
/** How often a device says that it was there. */
const SEEN_EVERY_MS = 3_600_000;

const PART = "devices/";

function nameKey(device: Uint8Array): string {
  return `${PART}name/${toBase64Url(device)}`;
}

function seenKey(device: Uint8Array): string {
  return `${PART}seen/${toBase64Url(device)}`;
}

/** Whether an entry of the own register says something of a device. */
export function isOfDevice(key: string): boolean {
  return key.startsWith(PART);
}

/** Calls a device something. Within a transaction; the name is clean. */
export function putDeviceName(member: Pick<Member, "own">, draft: Draft, device: Uint8Array, name: string): void {
  member.own.put(draft, nameKey(device), new ByteWriter().u8(VERSION).text(name).finish());
}

/** What a device is called; empty when nobody said. */
export function deviceName({ own }: Pick<Member, "own">, device: Uint8Array): string {
  const bytes = own.get(nameKey(device));
  if (bytes === undefined) return "";
  const reader = new ByteReader(bytes);
  reader.u8();
  const read = reader.finish(reader.text(MAX_NAME_BYTES));
  return (read.ok ? cleanName(read.value) : undefined) ?? "";
}

/** When a device was there last, by its clock; undefined when it never said. */
export function deviceSeen({ own }: Pick<Member, "own">, device: Uint8Array): number | undefined {
  const bytes = own.get(seenKey(device));
  if (bytes === undefined) return undefined;
  const reader = new ByteReader(bytes);
  reader.u8();
  const read = reader.finish(reader.index());
  return read.ok ? read.value : undefined;
}

/** Says that this device is there, once an hour. */
export async function markSeen(member: Member): Promise<void> {
  const { own, clock, store } = member;
  const { device } = member.device.credential;
  const nowMs = clock.nowMs();
  const held = deviceSeen(member, device);
  if (held !== undefined && Math.abs(nowMs - held) < SEEN_EVERY_MS) return;
  const draft = new Draft();
  own.put(draft, seenKey(device), new ByteWriter().u8(VERSION).index(nowMs).finish());
  await draft.commit(store);
}
