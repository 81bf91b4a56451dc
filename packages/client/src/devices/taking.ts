/*
 * The old device's side of linking (§1): it takes a code, meets the new device at the home, shows the digits, and when the person says that they
 * are the same adds the device to the chain and gives it the grant.
 */
import { addDevice, decodeBundle, wipeBundle } from "@chapar/e2e";
import {
  encodeAnswer,
  encodeHello,
  type LinkCode,
  linkDigits,
  type LinkHello,
  openHello,
  parseLinkCode,
  sealGrant,
} from "@chapar/e2e/devices";
import { chainBytes, deviceId, idText, liveDevice } from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { Member } from "../core.ts";
import type { LinkView } from "../devices-api.ts";
import { ClientError, codeOf, isClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { backupKey } from "./backup-key.ts";
import { putFile } from "./files.ts";
import { grantRow, type KnownPerson, startRow } from "./grant.ts";
import { Meeting } from "./meeting.ts";
import { extendOwn, ownState } from "./own-ops.ts";

const LOOK_EVERY_MS = 500;
const NONCE_BYTES = 32;
const PROOF_BYTES = 64;
const REFUSED = Uint8Array.of(0);
const GIVEN = Uint8Array.of(1);

/** What a linking is, once both have digits. */
interface Met {
  readonly hello: LinkHello;
  readonly proof: Uint8Array;
  readonly transcript: Uint8Array;
}

/** One taking of a code. */
export class Taking {
  readonly #member: Member;
  readonly #code: LinkCode;
  readonly #codeBytes: Uint8Array;
  readonly #meeting: Meeting;
  readonly #answer: Uint8Array;
  #met: Met | undefined;
  #view: LinkView;

  /** @throws ClientError `client/bad-code` · `client/link-expired` · `client/other-station` */
  constructor(member: Member, text: string) {
    const parsed = parseLinkCode(text, member.sha256);
    if (!parsed.ok) throw new ClientError("client/bad-code", parsed.code);
    const { station } = member.profile.row.home;
    if (!equalBytes(parsed.value.station.key, station.key)) throw new ClientError("client/other-station");
    this.#member = member;
    this.#code = parsed.value;
    this.#codeBytes = parsed.bytes;
    this.#meeting = new Meeting(member.crypto, parsed.value.secret, station);
    this.#answer = encodeAnswer({ identity: member.profile.row.identity, nonce: member.random(NONCE_BYTES) });
    const { expiresMs } = parsed.value;
    this.#view = { state: "waiting", link: undefined, expiresMs, digits: undefined, code: undefined };
    this.#checkTime();
  }

  get view(): LinkView {
    return this.#view;
  }

  #become(changes: Partial<LinkView>): LinkView {
    this.#view = { ...this.#view, ...changes };
    this.#member.events.emit({ type: "devices" });
    return this.#view;
  }

  #checkTime(): void {
    const { clock } = this.#member;
    if (clock.nowMs() >= this.#code.expiresMs) throw new ClientError("client/link-expired");
  }

  #link(): StationLink {
    const link = this.#member.link();
    if (link === undefined) throw new ClientError("client/no-route");
    return link;
  }

  /** Meets the new device. @returns digits to compare @throws ClientError; the signal's reason */
  async meet(signal: AbortSignal): Promise<LinkView> {
    try {
      return await this.#meet(signal);
    } catch (error) {
      if (isClientError(error, "client/no-route") || signal.aborted) throw error;
      throw this.#failed(error);
    }
  }

  async #meet(signal: AbortSignal): Promise<LinkView> {
    const { crypto, sha256, clock } = this.#member;
    const link = this.#link();
    await this.#meeting.create(link);
    if (!(await this.#meeting.open(link))) throw new ClientError("client/link-broken");
    // Whoever took this code before, on this device or another, has answered there.
    const before = await this.#meeting.heard(link, { role: "old", count: 0 });
    if (before !== undefined && !equalBytes(before, this.#answer)) throw new ClientError("client/link-broken");
    await this.#meeting.say(link, { role: "old", count: 0 }, this.#answer);
    let said: Uint8Array | undefined;
    for (;;) {
      this.#checkTime();
      said = await this.#meeting.heard(link, { role: "new", count: 0 });
      if (said !== undefined) break;
      await clock.sleep(LOOK_EVERY_MS, signal);
    }
    const bytes = said.subarray(0, Math.max(0, said.byteLength - PROOF_BYTES));
    const hello = openHello(bytes, this.#code, sha256);
    const parts = { code: this.#codeBytes, answer: this.#answer, hello: encodeHello(hello) };
    const { digits, transcript } = linkDigits(parts, this.#code.secret, crypto);
    this.#met = { hello, proof: said.slice(bytes.byteLength), transcript };
    return this.#become({ state: "compare", digits });
  }

  /** The person said whether the digits are the same. */
  async confirm(isSame: boolean): Promise<LinkView> {
    const met = this.#met;
    if (met === undefined || this.#view.state !== "compare") throw new ClientError("client/no-link");
    if (!isSame) {
      this.#become({ state: "failed", code: "client/link-refused" });
      await this.#meeting.say(this.#link(), { role: "old", count: 1 }, REFUSED);
      return this.#view;
    }
    this.#checkTime();
    this.#become({ state: "bringing" });
    try {
      await this.#bring(met);
      return this.#become({ state: "done" });
    } catch (error) {
      throw this.#failed(error);
    }
  }

  async #bring(met: Met): Promise<void> {
    const { crypto } = this.#member;
    const link = this.#link();
    const { device, inboxReadKey } = met.hello;
    const entry = { device: deviceId(device), inboxReadKey, proof: met.proof };
    const isListed = liveDevice(await ownState(this.#member), entry.device) !== undefined;
    // A frame that was held back may make the meeting look as it did; two answers in it never do.
    await this.#meeting.open(link);
    await this.#meeting.heard(link, { role: "old", count: 0 });
    if (!isListed) await extendOwn(this.#member, link, (state, signing) => addDevice(state, entry, signing, crypto));
    const grant = await this.#grant(link);
    const sealed = await sealGrant(grant, met.hello, met.transcript, crypto);
    await this.#meeting.say(link, { role: "old", count: 1 }, concatBytes(GIVEN, sealed));
  }

  async #grant(link: StationLink): Promise<Uint8Array> {
    const { profile, own } = this.#member;
    const { identity, name, home, token, ops } = profile.row;
    const start = startRow.encode({ name, home, token, ops, people: await this.#people(), own: own.entries() });
    const bundle = await putFile(this.#member, link, start);
    const secrets = decodeBundle(profile.row.bundle);
    try {
      if (secrets.rankOneSeed === undefined) throw new ClientError("client/no-everyday-key");
      return grantRow.encode({
        identity,
        rankOneSeed: secrets.rankOneSeed.expose(),
        entropy: secrets.entropy?.expose(),
        backupKey: await backupKey(this.#member),
        bundle,
      });
    } finally {
      wipeBundle(secrets);
    }
  }

  async #people(): Promise<readonly KnownPerson[]> {
    return knownPeople(this.#member);
  }

  #failed(error: unknown): unknown {
    const code = codeOf(error) ?? "client/link-broken";
    this.#become({ state: "failed", code });
    return code.startsWith("e2e/") ? new ClientError("client/link-broken", code, { cause: error }) : error;
  }
}

/** Everyone this device talks with, as it knows them. */
export async function knownPeople({ book, contacts, profile }: Member): Promise<readonly KnownPerson[]> {
  const people = new Map<string, KnownPerson>();
  for (const { peer } of book.all()) {
    const contact = await contacts.get(peer);
    if (contact === undefined || equalBytes(peer, profile.row.identity)) continue;
    people.set(idText(peer), { ops: chainBytes(contact.state), name: contact.name });
  }
  return [...people.values()];
}
