/* Folders of profiles, for commands that open one. */
import type { Client } from "@chapar/client";
import { FakeClient } from "./fake-client.ts";
import { FakeError } from "./fake-error.ts";

/** Profiles on "disk" for several processes: at most one engine a folder, as the real lock has it. */
export class FakeProfiles {
  readonly open = new Map<string, FakeClient>();
  readonly #kept = new Map<string, FakeClient>();

  openClient = async (profileDir: string): Promise<Client> => {
    if (this.open.has(profileDir)) throw new FakeError("client/profile-in-use");
    const client = this.#kept.get(profileDir) ?? new FakeClient();
    this.#kept.set(profileDir, client);
    this.open.set(profileDir, client);
    client.closed = false;
    client[Symbol.asyncDispose] = async () => {
      client.closed = true;
      this.open.delete(profileDir);
    };
    return client;
  };

  client(profileDir: string): FakeClient {
    return this.#kept.get(profileDir)!;
  }
}
