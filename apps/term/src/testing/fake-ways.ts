/* `client.ways` of the fake engine. */
import type { InvitePreview, ShieldView, WayCalls, WayFileView, WayView } from "@chapar/client";
import { FakeError } from "./fake-error.ts";

interface Inviter {
  readonly calls: string[];
  invite(): Promise<string>;
  preview(invite: string): InvitePreview;
}

export class FakeWays implements WayCalls {
  readonly #client: Inviter;
  #on = false;
  #ways: readonly WayView[] = [];

  constructor(client: Inviter) {
    this.#client = client;
  }

  async shield(on?: boolean): Promise<ShieldView> {
    this.#on = on ?? this.#on;
    return { on: this.#on, relays: 0 };
  }
  async list(): Promise<readonly WayView[]> {
    return this.#ways;
  }
  async add(uri: string): Promise<void> {
    if (!/^[a-z+]+:\/\//.test(uri)) throw new FakeError("client/bad-route");
    this.#ways = [...this.#ways, { uri, kind: "web", from: "you" }];
  }
  async remove(uri: string): Promise<void> {
    if (!this.#ways.some((way) => way.uri === uri)) throw new FakeError("client/bad-route");
    this.#ways = this.#ways.filter((way) => way.uri !== uri);
  }
  async file(): Promise<string> {
    return `chapar file v1\n${await this.#client.invite()}\nsum fake\n`;
  }
  async readFile(text: string): Promise<WayFileView> {
    const invite = /^chapar file v1\n(\S+)\n/.exec(text)?.[1];
    if (invite === undefined || !text.endsWith("sum fake\n")) throw new FakeError("client/bad-file");
    return { invite, preview: this.#client.preview(invite), ways: 3, expiresMs: undefined, station: "station" };
  }
  async addFile(text: string): Promise<number> {
    await this.readFile(text);
    this.#client.calls.push("addFile");
    return 2;
  }
}
