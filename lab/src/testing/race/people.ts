/* People of a race: each an engine over a folder, at one of two stations, whose links can be cut. */
import { join } from "node:path";
import { systemClock, webSocketCarrier } from "@chapar/carrier/node";
import { type Client, type ConversationIdText, openEngine } from "@chapar/client";
import { bringSessionCode, linkCode, nodeMedia, openSqliteStore } from "@chapar/client/node";
import { type GroupFacts, groupFacts } from "@chapar/client/testing";
import { inviteLink, tsMls } from "@chapar/e2e";
import { nodeCrypto } from "@chapar/e2e/node";
import { LabError } from "../../errors.ts";
import { seededRandom } from "../../memory/seeded-random.ts";
import type { CuttableLinks, KillableStation } from "./killable.ts";

const crypto = nodeCrypto();
const PAGE = 500;

/** Somebody who takes part. */
export class Racer {
  readonly name: string;
  readonly #folder: string;
  readonly #links: CuttableLinks;
  #seed: number;
  #client: Client | undefined;

  constructor(name: string, folder: string, links: CuttableLinks, seed: number) {
    this.name = name;
    this.#folder = join(folder, name);
    this.#links = links;
    this.#seed = seed;
  }

  get client(): Client {
    if (this.#client === undefined) throw new LabError("lab/not-ready", `${this.name} is not there`);
    return this.#client;
  }

  get identity(): string {
    return this.client.me()?.identity ?? "";
  }

  /** Begins the engine over what is in the folder. */
  async start(): Promise<void> {
    const sessionCode = await bringSessionCode();
    this.#client = await openEngine({
      store: openSqliteStore(this.#folder),
      media: async () => nodeMedia(this.#folder),
      clock: systemClock(),
      crypto,
      carriers: [this.#links.around(webSocketCarrier())],
      rng: { next: seededRandom(this.#seed++) },
      mls: (authenticate) => tsMls({ crypto, authenticate, nowMs: () => Date.now() }),
      sessionCode: () => Promise.resolve(sessionCode),
      linkCode,
      isOnline: () => true,
    });
  }

  async join({ ref, token }: KillableStation): Promise<void> {
    await this.start();
    const home = { station: ref, region: "DE" };
    const invite = { home, stationName: "race", token, person: undefined, routes: [] };
    await this.client.join(
      inviteLink(invite, (bytes) => crypto.sha256(bytes)),
      this.name,
    );
    // Counted are letters that people write.
    await this.client.talk.setTelling({ delivered: false, read: false });
    this.client.connect();
  }

  /** Texts of a conversation as they stand, oldest first; gaps as their codes. */
  async texts(id: ConversationIdText): Promise<readonly string[]> {
    const held: string[] = [];
    for (let before: number | undefined; ;) {
      const page = await this.client.messages(id, before === undefined ? { limit: PAGE } : { limit: PAGE, before });
      if (page.length === 0) return held;
      held.unshift(...page.map(({ gap, text }) => gap?.code ?? text).filter((text) => text !== ""));
      before = page[0]?.position;
    }
  }

  /** Everything that others must see alike of a group: its title, and who is in it with which role. */
  async seen(id: ConversationIdText): Promise<string> {
    const { title, people } = await this.client.groups.view(id);
    const roles = people.map(({ identity, role }) => `${identity} ${role}`);
    return JSON.stringify([title, roles.toSorted((a, b) => (a < b ? -1 : 1))]);
  }

  async stop(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.[Symbol.asyncDispose]();
  }

  /** Of a group, from the folder; the engine was ended. */
  async facts(id: ConversationIdText): Promise<GroupFacts> {
    await using store = openSqliteStore(this.#folder);
    return await groupFacts(store, crypto, id);
  }
}
