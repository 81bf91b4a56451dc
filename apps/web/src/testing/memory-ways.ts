/* `client.ways` of the in-memory engine. */
import type { InvitePreview, ShieldView, WayCalls, WayFileView, WayView } from "../state/client-types.ts";
import { refusal } from "./refusal.ts";

interface Inviter {
  invite(): Promise<string>;
  preview(invite: string): InvitePreview;
}

export class MemoryWays implements WayCalls {
  readonly #client: Inviter;
  #on = false;
  #ways: readonly WayView[] = [];

  constructor(client: Inviter) {
    this.#client = client;
  }

  /** What is known of ways from now on. */
  know(ways: readonly WayView[]): void {
    this.#ways = ways;
  }

  async shield(on?: boolean): Promise<ShieldView> {
    this.#on = on ?? this.#on;
    return { on: this.#on, relays: 0 };
  }

  async list(): Promise<readonly WayView[]> {
    return this.#ways;
  }

  async add(uri: string): Promise<void> {
    if (!/^[a-z+]+:\/\//u.test(uri)) throw refusal("client/bad-route");
    this.#ways = [...this.#ways, { uri, kind: "web", from: "you" }];
  }

  async remove(uri: string): Promise<void> {
    if (!this.#ways.some((way) => way.uri === uri)) throw refusal("client/bad-route");
    this.#ways = this.#ways.filter((way) => way.uri !== uri);
  }

  async file(): Promise<string> {
    return `chapar file v1\n${await this.#client.invite()}\nsum fake\n`;
  }

  async readFile(text: string): Promise<WayFileView> {
    const invite = /^chapar file v1\n(\S+)\n/u.exec(text)?.[1];
    if (invite === undefined) throw refusal("client/bad-file");
    return { invite, preview: this.#client.preview(invite), ways: 3, expiresMs: undefined, station: "station" };
  }

  async addFile(text: string): Promise<number> {
    if (text.includes("another station")) throw refusal("client/other-station");
    await this.readFile(text);
    this.#ways = [...this.#ways, { uri: "burst+https://friend.example", kind: "burst", from: "station" }];
    return 1;
  }
}
