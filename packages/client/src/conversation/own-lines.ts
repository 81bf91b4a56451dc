/* An own letter leaves the outbox for its place: a line with what marks did to it, or a mark that takes its place in their order. */
import { decodeLetter, decodeMimi } from "@chapar/wire/content";
import type { Member } from "../core.ts";
import { placeInTime } from "../due/placing.ts";
import { baseOf } from "../moving/continuation.ts";
import { keepOwnLetter } from "../repair/own-letters.ts";
import type { Draft } from "../store/shelf.ts";
import { DEVICE_BYTES } from "../talk/mark-rows.ts";
import { Marking } from "../talk/marking.ts";
import type { Placer } from "./placer.ts";
import type { ConversationRow, OutboxRow, RoomRow } from "./rows.ts";
import { toldBy, type ToldMark } from "./told.ts";

/** Where the entry stands, and whether its receipt is here. */
export interface OwnPlace {
  readonly index: number;
  readonly state: "leaving" | "at-station";
}

/** Places what an outbox row holds. */
export async function placeOwn(
  member: Member,
  draft: Draft,
  placer: Placer,
  { sequence, out }: { readonly sequence: number; readonly out: OutboxRow },
  { index, state }: OwnPlace,
): Promise<void> {
  const { id, content, writtenAtMs } = out;
  const { identity, device } = member.device.credential;
  keepOwnLetter(member, draft, placer.row.id, out, index);
  const marking = new Marking(member, draft, placer.row);
  if (!out.visible) await takeOwn(member, marking, { out, room: placer.row.room }, index);
  const written = out.letter && decodeLetter(out.letter);
  const letter = written?.ok === true ? { device, sequence: written.value.seq } : undefined;
  const line = {
    kind: "message",
    id,
    mine: true,
    sender: identity,
    content,
    writtenAtMs,
    arrivedAtMs: writtenAtMs,
    state,
    code: undefined,
    index,
    entries: 1,
    letter,
  } as const;
  const met = out.visible ? await marking.meet(line) : line;
  if (out.visible) await placeInTime(member, draft, placer.row, placer.row.placed, met);
  placer.own(sequence, out, met);
}

function markIn(content: Uint8Array): ToldMark | undefined {
  const decoded = decodeMimi(content);
  const told = decoded.ok ? toldBy(decoded.value) : undefined;
  return told?.ok === true && "target" in told.value ? told.value : undefined;
}

/** An own mark held already; from here on it has its place in the order of all (C-34). */
async function takeOwn(
  member: Member,
  marking: Marking,
  { out, room }: { readonly out: OutboxRow; readonly room: RoomRow | undefined },
  index: number,
): Promise<void> {
  const letter = out.letter && decodeLetter(out.letter);
  const told = markIn(out.content);
  if (letter?.ok !== true || told === undefined) return;
  const { identity, device } = member.device.credential;
  const base = room === undefined ? 0 : await baseOf(member.store, room.log);
  await marking.take(told, {
    at: base + Math.min(letter.value.frontier.size, index),
    device: device.slice(0, DEVICE_BYTES),
    seq: letter.value.seq,
    id: out.id,
    by: identity,
    atMs: out.writtenAtMs,
    content: out.content,
    index,
  });
}

/** The station will never take an own mark: it holds no more. */
export async function markRefused(member: Member, draft: Draft, row: ConversationRow, out: OutboxRow): Promise<void> {
  const told = markIn(out.content);
  if (told !== undefined) await new Marking(member, draft, row).refused(told, out.id);
}
