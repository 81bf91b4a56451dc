/*
 * The link that chunks travel on: a stream of bulk in the session to the home where there is a session (F-94), the home's own link
 * otherwise. It is opened when somebody needs it and closed when nobody does, so that an idle device sends nothing for it.
 */
import { accountMessage, deviceId } from "@chapar/wire";
import type { Member } from "../core.ts";
import { ClientError } from "../errors.ts";
import type { StationLink } from "../link/station-link.ts";

const BULK_WINDOW = 8;
/** On a shared link a letter waits behind what is under way. */
const SHARED_WINDOW = 2;

/** A link for chunks and how many may be under way on it. */
export interface ChunkLink {
  readonly link: StationLink;
  readonly window: number;
}

/** Opens and shares it. */
export class BulkRoad {
  readonly #member: Member;
  #bulk: Promise<StationLink | undefined> | undefined;
  #over: StationLink | undefined;
  #users = 0;

  constructor(member: Member) {
    this.#member = member;
  }

  /**
   * Does something over it.
   *
   * @throws ClientError `client/no-route` when the home is not reached; whatever the work throws
   */
  async use<T>(work: (over: ChunkLink) => Promise<T>): Promise<T> {
    return this.hold(async () => work(await this.#link()));
  }

  /** Does something that uses it again and again: it stays open in between. */
  async hold<T>(work: () => Promise<T>): Promise<T> {
    this.#users += 1;
    try {
      return await work();
    } finally {
      this.#users -= 1;
      if (this.#users === 0) await this.#close();
    }
  }

  async #link(): Promise<ChunkLink> {
    const home = this.#member.link();
    if (home === undefined) throw new ClientError("client/no-route");
    if (this.#over !== home) {
      // Of another session than the one in use now.
      this.#bulk = undefined;
      this.#over = home;
    }
    this.#bulk ??= this.#open();
    const bulk = await this.#bulk;
    if (bulk?.isEnded === true) {
      this.#bulk = undefined;
      return this.#link();
    }
    return bulk === undefined ? { link: home, window: SHARED_WINDOW } : { link: bulk, window: BULK_WINDOW };
  }

  /** @returns undefined where chunks have to share the home's link */
  async #open(): Promise<StationLink | undefined> {
    const { openBulk, device, crypto, profile } = this.#member;
    let bulk: StationLink | undefined;
    try {
      // Files that others sent are not asked for beside the account (U-1).
      bulk = this.#member.link()?.apart === undefined ? await openBulk() : undefined;
      if (bulk === undefined) return undefined;
      const { identity } = profile.row;
      const id = deviceId(device.credential.device);
      const { station, nonce } = bulk.hello;
      const message = accountMessage(station, nonce, identity, id);
      const signature = await crypto.ed25519.sign(device.signaturePrivateKey, message);
      await bulk.ask({ type: "account.auth", identity, device: id, signature }, "done");
      return bulk;
    } catch {
      // A station that knows no such streams gives them up; its link takes chunks as well.
      bulk?.close();
      return undefined;
    }
  }

  async #close(): Promise<void> {
    const bulk = this.#bulk;
    this.#bulk = undefined;
    (await bulk)?.close();
  }
}
