/*
 * A new device out of the recovery words and a backup, with every other one gone (D-43): rank 0 adds it and revokes the others, with a new
 * everyday key; the home, or whoever keeps the chain, takes these ops from anybody, for they are signed (I-17). No key and no group of an old
 * device comes back: conversations wait until their members take the new leaf in (D-44).
 */
import {
  addDevice,
  deviceEntry,
  encodeBundle,
  entropyOf,
  extend,
  isE2eError,
  newDeviceSecrets,
  rankZeroSeed,
  type RecoveryEntropy,
  type RotationSeed,
  Secret,
  setHome,
} from "@chapar/e2e";
import { backupKeyBytes } from "@chapar/e2e/devices";
import { chainBytes, foldChain, type IdentityState, type StationRef } from "@chapar/wire";
import { equalBytes } from "@chapar/wire/bytes";
import { decodeMimi } from "@chapar/wire/content";
import type { Core } from "../core.ts";
import { newConversation } from "../conversation/book.ts";
import { conversationShelf, messageShelf, whereShelf } from "../conversation/rows.ts";
import { ClientError } from "../errors.ts";
import { rosterShelf } from "../groups/roster-row.ts";
import type { StationLink } from "../link/station-link.ts";
import { movingShelf } from "../moving/rows.ts";
import { OwnRegister } from "../own/register.ts";
import { putProfile } from "../profile/profile-book.ts";
import type { HomeRow, ProfileRow } from "../profile/profile-row.ts";
import { putRepairSecret } from "../repair/secrets.ts";
import { concatKey } from "../store/keys.ts";
import { Draft } from "../store/shelf.ts";
import { placeInTopic } from "../talk/topic-rows.ts";
import { ask } from "../trust/asking.ts";
import { putPeople } from "./asking.ts";
import { putBackupKey } from "./backup-key.ts";
import type { BackupHead } from "./backup-rows.ts";
import { extendsChain } from "./extends-chain.ts";
import { waitingShelf } from "./joining.ts";
import { putDeviceName } from "./names.ts";
import { decodeSegments } from "./segments.ts";

/** A backup that was opened with the words. */
export interface OpenedBackup {
  readonly head: BackupHead;
  /** the bytes of each part, as they are asked for @throws ClientError `client/bad-backup` */
  part(index: number): Promise<Uint8Array>;
}

/** A new home, when the old one is gone. */
export interface Evacuation {
  readonly home: HomeRow;
  /** what the new home's sign-up rule asks for */
  readonly token: Uint8Array;
  /** the longest chain that was found */
  readonly before: IdentityState;
}

/** The entropy of words as a person typed them. @throws ClientError `client/bad-words` */
export async function wordsOrRefuse(words: string): Promise<RecoveryEntropy> {
  try {
    return await entropyOf(words);
  } catch (error) {
    if (isE2eError(error, "e2e/bad-words")) throw new ClientError("client/bad-words");
    throw error;
  }
}

/** The newest chain there is: of the backup, or what the home has beyond it. @throws ClientError `client/bad-backup` */
async function atHome(core: Core, link: StationLink, head: BackupHead): Promise<IdentityState> {
  const answer = await ask(link, { type: "identity.get", identity: head.identity, at: undefined }, "identity.ops");
  const served = answer?.ops.map((op) => op.slice()) ?? [];
  const ops = extendsChain(served, head.ops) ? served : head.ops;
  const folded = await foldChain(ops, core, head.identity);
  if (!folded.ok) throw new ClientError("client/bad-backup", folded.code);
  return folded.value;
}

/** The chain with the new device alone, and a new everyday key. @throws ClientError `client/bad-words` they are of another identity */
async function takenOver(
  core: Core,
  state: IdentityState,
  zero: RotationSeed,
  entry: Awaited<ReturnType<typeof deviceEntry>>,
): Promise<{ readonly state: IdentityState; readonly rankOneSeed: RotationSeed }> {
  const { crypto, clock, random } = core;
  const signing = { seed: zero, timeMs: clock.nowMs() };
  try {
    let next = (await addDevice(state, entry, signing, crypto)).state;
    for (const { device } of state.devices) {
      next = (await extend(next, { kind: "device-revoke", device }, signing, crypto)).state;
    }
    const rankOneSeed: RotationSeed = new Secret("rotation seed", random(32));
    const rotationKeys = [...next.rotationKeys.slice(0, 1), await crypto.ed25519.publicKey(rankOneSeed.expose())];
    next = (await extend(next, { kind: "rotate", rotationKeys }, signing, crypto)).state;
    return { state: next, rankOneSeed };
  } catch (error) {
    if (isE2eError(error, "e2e/not-a-rotation-key")) throw new ClientError("client/bad-words", error.code);
    throw error;
  }
}

/**
 * Makes the profile of the new device and has the home take it.
 *
 * @throws ClientError `client/bad-backup` · `client/bad-words`; WireError what the home refuses with
 */
export async function restoreProfile(
  core: Core,
  link: StationLink,
  backup: OpenedBackup,
  of: {
    readonly entropy: RecoveryEntropy;
    readonly device: string;
    readonly station: StationRef;
    /** a new home, and the chain to go on from (M-40) */
    readonly to?: Evacuation;
  },
): Promise<ProfileRow> {
  const { head } = backup;
  const zero = rankZeroSeed(of.entropy, core.crypto);
  const secrets = newDeviceSecrets(core.crypto);
  try {
    const before = of.to?.before ?? (await atHome(core, link, head));
    if (of.to === undefined && !equalBytes(before.home.station.key, of.station.key))
      throw new ClientError("client/bad-backup");
    const entry = await deviceEntry(head.identity, secrets, core.crypto);
    const taken = await takenOver(core, before, zero, entry);
    const { rankOneSeed } = taken;
    const isMoved = of.to !== undefined && !equalBytes(before.home.station.key, of.to.home.station.key);
    const state = isMoved ? await homeSet(core, taken.state, zero, of.to.home) : taken.state;
    const ops = chainBytes(state);
    const bundle = encodeBundle({ identity: head.identity, ...secrets, rankOneSeed, entropy: undefined });
    const row: ProfileRow = {
      identity: head.identity,
      name: head.name,
      // What was told of the person named the home before: it is told anew.
      nameVersion: isMoved ? 2 : 1,
      ops,
      bundle,
      home: of.to?.home ?? head.home,
      token: of.to?.token ?? head.token,
      registered: true,
      inboxMade: false,
    };
    // Lines first: what is written after them makes it a profile, and a restore that was broken off begins anew.
    await putLines(core, backup);
    if (of.to === undefined) await link.ask({ type: "identity.anchor", ops, at: undefined }, "done");
    else await link.ask({ type: "account.register", ops, token: of.to.token }, "done");
    const draft = new Draft();
    putProfile(draft, row);
    if (isMoved) putMoved(core, draft, row, before.home.station);
    core.contacts.put(draft, state, head.name);
    await putPeople(core, draft, head.people);
    putBackupKey(draft, backupKeyBytes(of.entropy, core.crypto));
    const own = await OwnRegister.load(core, entry.device);
    for (const one of head.own) own.take(draft, one);
    putDeviceName({ own }, draft, entry.device, of.device);
    for (const conversation of head.conversations) putConversation(core, draft, conversation);
    await draft.commit(core.store);
    return row;
  } finally {
    zero.wipe();
  }
}

/** The chain with a new home. */
async function homeSet(
  { crypto, clock }: Core,
  state: IdentityState,
  zero: RotationSeed,
  { station, region }: HomeRow,
): Promise<IdentityState> {
  return (await setHome(state, { station, region }, { seed: zero, timeMs: clock.nowMs() }, crypto)).state;
}

/** What is left to do of the move is found by the first session (moving/part.ts). */
function putMoved({ clock }: Core, draft: Draft, row: ProfileRow, from: StationRef): void {
  const { identity, ops, home, token } = row;
  const told = [home.station.key];
  movingShelf.put(draft, identity, { stage: "moved", ops, home, token, from, told, atMs: clock.nowMs() });
}

/** A conversation without a group: it waits to be let in. */
function putConversation({ clock }: Core, draft: Draft, backed: BackupHead["conversations"][number]): void {
  const { id, held, secrets, room, placed, readTo, unread, chains, group, ...rest } = backed;
  const of = group === undefined ? {} : ({ kind: "group", title: group.title } as const);
  if (group !== undefined) rosterShelf.put(draft, id, { people: group.people, leaving: [] });
  const row = {
    ...newConversation(id, {
      ...rest,
      ...of,
      room,
      state: group?.isOver === true ? "closed" : "open",
      joinedEpoch: 0,
      renew: false,
    }),
    placed,
    readTo,
  };
  conversationShelf.put(draft, id, { ...row, unread, chains, nameTold: 1 });
  draft.put("log", room.log, held);
  if (row.state === "open") waitingShelf.put(draft, id, { atMs: 0 });
  for (const { epoch, secret } of secrets) putRepairSecret(draft, id, epoch, { secret, atMs: clock.nowMs() });
}

async function putLines(core: Core, backup: OpenedBackup): Promise<void> {
  for (const index of backup.head.parts.keys()) {
    const draft = new Draft();
    for (const { conversation, lines, marks } of segmentsOf(await backup.part(index))) {
      const known = backup.head.conversations.find(({ id }) => equalBytes(id, conversation));
      if (known === undefined) continue;
      for (const { position, line } of lines) {
        if (position >= known.placed) continue;
        messageShelf.put(draft, concatKey(known.id, position), line);
        if (line.kind === "message")
          whereShelf.put(draft, line.id, { conversation: known.id, placed: true, at: position });
        const content = line.content.byteLength === 0 ? undefined : decodeMimi(line.content);
        if (content?.ok !== true) continue;
        const { topicId } = content.value;
        await placeInTopic(core, draft, known, { position, mine: line.mine, atMs: line.writtenAtMs, topicId });
      }
      for (const { key, value } of marks) draft.put("mark", key, value);
    }
    await draft.commit(core.store);
  }
}

function segmentsOf(bytes: Uint8Array): ReturnType<typeof decodeSegments> {
  try {
    return decodeSegments(bytes);
  } catch {
    throw new ClientError("client/bad-backup");
  }
}
