/*
 * The new device's side of linking (§1): it shows a code, meets the old device at the home, shows the digits, and takes the grant. Nothing of it
 * is on disk before the grant was opened and checked; from then on the profile goes on by itself.
 */
import { deviceEntry, type DeviceSecrets, encodeBundle, newDeviceSecrets, Secret } from "@chapar/e2e";
import {
  backupKeyBytes,
  decodeAnswer,
  encodeHello,
  encodeLinkCode,
  helloCommitment,
  LINK_LIFETIME_MS,
  type LinkCode,
  linkCodeText,
  linkDigits,
  linkKeys,
  openGrant,
} from "@chapar/e2e/devices";
import { foldChain, type IdentityState, type StationRef } from "@chapar/wire";
import { concatBytes, equalBytes } from "@chapar/wire/bytes";
import type { Core } from "../core.ts";
import type { LinkView } from "../devices-api.ts";
import { ClientError, codeOf } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";
import { putProfile } from "../profile/profile-book.ts";
import type { ProfileRow } from "../profile/profile-row.ts";
import { OwnRegister } from "../own/register.ts";
import { Draft } from "../store/shelf.ts";
import type { Directs } from "../link/deferred-home.ts";
import { putBackupKey } from "./backup-key.ts";
import { getFile } from "./files.ts";
import { type Grant, grantRow, type Start, startRow } from "./grant.ts";
import { Meeting } from "./meeting.ts";
import { putDeviceName } from "./names.ts";

/** How often the meeting is looked at. */
const LOOK_EVERY_MS = 1_000;
const SECRET_BYTES = 32;
const REFUSED = 0;

/** What a new device asks with. */
export interface AskingPorts {
  readonly core: Core;
  readonly directs: Directs;
  readonly station: StationRef;
  /** what this device is to be called */
  readonly name: string;
  /** the profile is there: the engine becomes it */
  readonly adopt: (row: ProfileRow) => Promise<void>;
}

interface Made {
  readonly code: LinkCode;
  readonly codeBytes: Uint8Array;
  readonly hello: Uint8Array;
  readonly kemPrivate: Uint8Array;
  readonly secrets: DeviceSecrets;
}

/** One asking. */
export class Asking {
  readonly #ports: AskingPorts;
  readonly #made: Made;
  readonly #stop = new AbortController();
  #view: LinkView;

  private constructor(ports: AskingPorts, made: Made) {
    this.#ports = ports;
    this.#made = made;
    const { expiresMs } = made.code;
    this.#view = {
      state: "waiting",
      link: linkCodeText(made.codeBytes),
      expiresMs,
      digits: undefined,
      code: undefined,
    };
  }

  /** Makes a code, and waits for whoever takes it until it holds no longer. */
  static async begin(ports: AskingPorts): Promise<Asking> {
    const { crypto, sha256, random, clock } = ports.core;
    const keys = await linkKeys(crypto);
    const secrets = newDeviceSecrets(crypto);
    const hello = encodeHello({
      kemKey: keys.publicKey,
      nonce: random(SECRET_BYTES),
      device: await crypto.ed25519.publicKey(secrets.deviceSeed.expose()),
      inboxReadKey: await crypto.ed25519.publicKey(secrets.inboxReadSeed.expose()),
    });
    const code: LinkCode = {
      secret: random(SECRET_BYTES),
      commitment: helloCommitment(hello, sha256),
      expiresMs: clock.nowMs() + LINK_LIFETIME_MS,
      station: ports.station,
    };
    const codeBytes = encodeLinkCode(code, sha256);
    const asking = new Asking(ports, { code, codeBytes, hello, kemPrivate: keys.privateKey, secrets });
    void asking.#run();
    return asking;
  }

  get view(): LinkView {
    return this.#view;
  }

  stop(): void {
    this.#stop.abort();
  }

  #become(changes: Partial<LinkView>): void {
    this.#view = { ...this.#view, ...changes };
    this.#ports.core.events.emit({ type: "devices" });
  }

  async #run(): Promise<void> {
    try {
      await this.#meet();
      this.#become({ state: "done", link: undefined });
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      this.#become({ state: "failed", link: undefined, code: codeOf(error) ?? "client/link-broken" });
    }
  }

  /** Until the grant is taken, over as many links as it takes. @throws ClientError */
  async #meet(): Promise<void> {
    const { directs, core, station } = this.#ports;
    const meeting = new Meeting(core.crypto, this.#made.code.secret, station);
    for (;;) {
      this.#checkTime();
      let failure: unknown;
      const isDone = await directs.over(station, async (link) => {
        try {
          await this.#talk(link, meeting);
          return true;
        } catch (error) {
          failure = error;
          return false;
        }
      });
      if (isDone === true) return;
      if (isFinal(failure)) throw failure;
      await this.#pause();
    }
  }

  #checkTime(): void {
    if (this.#ports.core.clock.nowMs() >= this.#made.code.expiresMs) throw new ClientError("client/link-expired");
  }

  async #pause(): Promise<void> {
    await this.#ports.core.clock.sleep(LOOK_EVERY_MS, this.#stop.signal);
  }

  async #hear(link: StationLink, meeting: Meeting, count: number): Promise<Uint8Array> {
    for (;;) {
      this.#checkTime();
      const heard = await meeting.heard(link, { role: "old", count });
      if (heard !== undefined) return heard;
      await this.#pause();
    }
  }

  async #talk(link: StationLink, meeting: Meeting): Promise<void> {
    const { core } = this.#ports;
    const { code, codeBytes, hello, secrets } = this.#made;
    while (!(await meeting.open(link))) {
      this.#checkTime();
      await this.#pause();
    }
    const answerBytes = await this.#hear(link, meeting, 0);
    const answer = decodeAnswer(answerBytes);
    if (answer === undefined) throw new ClientError("client/link-broken");
    const entry = await deviceEntry(answer.identity, secrets, core.crypto);
    await meeting.say(link, { role: "new", count: 0 }, concatBytes(hello, entry.proof));
    const { digits, transcript } = linkDigits(
      { code: codeBytes, answer: answerBytes, hello },
      code.secret,
      core.crypto,
    );
    if (this.#view.state === "waiting") this.#become({ state: "compare", digits, link: undefined });
    const said = await this.#hear(link, meeting, 1);
    if (said[0] === REFUSED) throw new ClientError("client/link-refused");
    // A second answer, said later than the first: somebody else knows the code.
    await meeting.heard(link, { role: "old", count: 0 });
    this.#become({ state: "bringing" });
    const plain = await openGrant(said.subarray(1), this.#made.kemPrivate, transcript, core.crypto);
    if (plain === undefined) throw new ClientError("client/link-broken");
    const grant = grantRow.decode(plain);
    if (!equalBytes(grant.identity, answer.identity)) throw new ClientError("client/link-broken");
    const start = startRow.decode(await getFile(core, link, grant.bundle));
    await this.#take(grant, start, await this.#checked(grant, start));
    await meeting.say(link, { role: "new", count: 1 }, Uint8Array.of(1)).catch(() => undefined);
  }

  /** The chain that the digits spoke of, with this device in it. @throws ClientError `client/link-broken` */
  async #checked(grant: Grant, start: Start): Promise<IdentityState> {
    const { core, station } = this.#ports;
    const folded = await foldChain(start.ops, core, grant.identity);
    if (!folded.ok) throw new ClientError("client/link-broken", folded.code);
    const { deviceSeed } = this.#made.secrets;
    const device = await core.crypto.ed25519.publicKey(deviceSeed.expose());
    const rankOne = await core.crypto.ed25519.publicKey(grant.rankOneSeed);
    const isListed = folded.value.devices.some((live) => equalBytes(live.device, device));
    const isKey = folded.value.rotationKeys.some((key) => equalBytes(key, rankOne));
    const isHome = equalBytes(folded.value.home.station.key, station.key);
    if (!isListed || !isKey || !isHome) throw new ClientError("client/link-broken");
    return folded.value;
  }

  /** Writes the profile in one transaction, and becomes it. */
  async #take(grant: Grant, start: Start, state: IdentityState): Promise<void> {
    const { core, adopt, name } = this.#ports;
    const { secrets } = this.#made;
    const entropy = grant.entropy && new Secret("recovery entropy", grant.entropy);
    const bundle = encodeBundle({
      identity: grant.identity,
      ...secrets,
      rankOneSeed: new Secret("rotation seed", grant.rankOneSeed),
      entropy,
    });
    const draft = new Draft();
    const row: ProfileRow = {
      identity: grant.identity,
      name: start.name,
      nameVersion: 1,
      ops: start.ops,
      bundle,
      home: start.home,
      token: start.token,
      registered: true,
      inboxMade: false,
    };
    putProfile(draft, row);
    core.contacts.put(draft, state, start.name);
    await putPeople(core, draft, start.people);
    const key = grant.backupKey ?? (entropy && backupKeyBytes(entropy, core.crypto));
    if (key !== undefined) putBackupKey(draft, key);
    const device = await core.crypto.ed25519.publicKey(secrets.deviceSeed.expose());
    const own = await OwnRegister.load(core, device);
    for (const entry of start.own) own.take(draft, entry);
    putDeviceName({ own }, draft, device, name);
    await draft.commit(core.store);
    await adopt(row);
  }
}

/** People as another own device knows them; a chain that does not fold is of nobody. */
export async function putPeople(core: Core, draft: Draft, people: Start["people"]): Promise<void> {
  for (const { ops, name } of people) {
    const identity = core.contacts.identityOf(ops);
    const folded = identity && (await foldChain(ops, core, identity));
    if (folded?.ok === true) core.contacts.put(draft, folded.value, name);
  }
}

/** What no other link heals. */
const FINAL = ["client/link-expired", "client/link-broken", "client/link-refused", "client/bad-profile"];

function isFinal(failure: unknown): boolean {
  const code = codeOf(failure) ?? "";
  return FINAL.includes(code) || code.startsWith("e2e/");
}
