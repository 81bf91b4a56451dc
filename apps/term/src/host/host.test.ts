import { fork } from "node:child_process";
import { on } from "node:events";
import { mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Client, ClientEvent } from "@chapar/client";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClient, fakePreview } from "../testing/fake-client.ts";
import { FakeError } from "../testing/fake-error.ts";
import { FakeProfiles } from "../testing/fake-profiles.ts";
import { attachClient } from "./attach.ts";
import { remoteClient } from "./remote.ts";
import { serveClient } from "./serve.ts";
import { socketPath } from "./socket-path.ts";

const never = new AbortController().signal;
let folder = "";

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "chapar-host-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

const attach = (profiles: FakeProfiles, onLost: (error: unknown) => void = () => undefined): Promise<Client> =>
  attachClient({ profileDir: folder, openClient: profiles.openClient, preview: fakePreview, onLost });

const remote = (path: string, onEnd: () => void = () => undefined): Promise<Client> =>
  remoteClient(path, { preview: fakePreview, onEnd });

describe("a profile served to another process", () => {
  it("answers the whole interface over the socket", async () => {
    const engine = new FakeClient();
    await using host = await serveClient(engine, socketPath(folder));
    await using other = await remote(host.path);

    expect(other.me()).toBeUndefined();
    expect((await other.join("station:", "Dara")).name).toBe("Dara");
    expect(other.me()?.name).toBe("Dara");
    await other.setName("Dārā");
    expect(engine.me()?.name).toBe("Dārā");
    expect(await other.recoveryWords()).toEqual(["word"]);
    expect(await other.invite()).toBe("person:Dārā");
    expect(other.preview("person:Sara").name).toBe("Sara");
    const id = await other.open("person:Sara");
    expect((await other.conversations()).map((view) => view.id)).toEqual([id]);
    expect((await other.conversation(id))?.people[0]?.name).toBe("Sara");
    expect(await other.conversation("none")).toBeUndefined();

    const bytes = Uint8Array.from({ length: 70_000 }, (_, index) => index % 251);
    const files = [{ fileName: "a", mediaType: "b/c", from: { bytes } }];
    const sent = await other.media.send(id, { text: "سلام\u2028\n", files }, { signal: never });
    expect(sent.text).toBe("سلام\u2028\n");
    expect(await other.media.read(sent.id, 0, 0, 70_000, { signal: never })).toEqual(bytes);
    other.connect();
    await other.settled({ signal: never });
    expect(other.route().state).toBe("open");
    expect((await other.receipt(sent.id, { signal: never })).index).toBe(0);
    expect(await other.messages(id, { limit: 5 })).toEqual(await engine.messages(id, { limit: 5 }));
    await other.markRead(id, 0);
    expect(engine.calls.at(-1)).toBe(`markRead ${id}`);
  });

  it("carries a Buffer as the same bytes", async () => {
    const engine = new FakeClient();
    engine.setConversation({ id: "c" });
    await using host = await serveClient(engine, socketPath(folder));
    await using other = await remote(host.path);
    const files = [{ fileName: "a", mediaType: "b/c", from: { bytes: Buffer.from([1, 2, 3]) } }];
    const sent = await other.media.send("c", { text: "", files }, { signal: never });
    expect(await engine.media.read(sent.id, 0, 0, 9)).toEqual(new Uint8Array([1, 2, 3]));
  });

  it("tells events with the state of the moment", async () => {
    const engine = new FakeClient();
    await using host = await serveClient(engine, socketPath(folder));
    await using other = await remote(host.path);
    const events: ClientEvent[] = [];
    const heard = new Promise<void>((resolve) => other.subscribe((event) => events.push(event) === 2 && resolve()));
    engine.setRoute({ state: "seeking" });
    engine.deliver("c", "hello");
    await heard;
    expect(events.map(({ type }) => type)).toEqual(["route", "message"]);
    expect(other.route().state).toBe("seeking");
  });

  it("keeps the code of an error", async () => {
    await using host = await serveClient(new FakeClient(), socketPath(folder));
    await using other = await remote(host.path);
    await expect(other.send("none", { text: "x" })).rejects.toMatchObject({ code: "client/unknown-conversation" });
  });

  it("ends a call whose caller gave up, on both sides", async () => {
    const engine = new FakeClient();
    await using host = await serveClient(engine, socketPath(folder));
    await using other = await remote(host.path);
    engine.setConversation({ id: "c" });
    const { id } = await other.send("c", { text: "x" });
    const giveUp = new AbortController();
    const receipt = other.receipt(id, { signal: giveUp.signal });
    giveUp.abort(new Error("enough"));
    await expect(receipt).rejects.toThrow("enough");
    // The connection goes on.
    expect(await other.conversations()).toHaveLength(1);
  });

  it("lets only the owner in, and is gone when the holder is", async () => {
    const path = socketPath(folder);
    const host = await serveClient(new FakeClient(), path);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await host[Symbol.asyncDispose]();
    await expect(stat(path)).rejects.toMatchObject({ code: "ENOENT" });
  });

  it("ends a connection that talks nonsense, and no other", async () => {
    await using host = await serveClient(new FakeClient(), socketPath(folder));
    await using other = await remote(host.path);
    for (const line of ["garbage\n", "{}\n", '{"jsonrpc":"2.0","id":1,"method":"send"}\n', "[]\n"]) {
      const socket = createConnection(host.path);
      socket.on("error", () => undefined);
      socket.resume();
      socket.write(line);
      await new Promise((resolve) => socket.once("close", resolve));
    }
    expect(await other.conversations()).toEqual([]);
  });

  it("refuses a method that is not one", async () => {
    await using host = await serveClient(new FakeClient(), socketPath(folder));
    const socket = createConnection(host.path);
    socket.setEncoding("utf8");
    socket.write('{"jsonrpc":"2.0","id":1,"method":"constructor","params":[]}\n');
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      socket.on("data", (piece: string) => {
        text += piece;
        if (text.split("\n").length > 2) resolve(text.split("\n")[1] ?? "");
      });
    });
    socket.destroy();
    expect(JSON.parse(answer)).toMatchObject({ id: 1, error: { data: { code: "term/bad-request" } } });
  });
});

describe("the socket's path", () => {
  it("stands in the profile's folder", () => {
    expect(socketPath(folder).startsWith(folder)).toBe(true);
  });

  it("moves to a folder of the user's own when the kernel would refuse its length", async () => {
    const { mkdir } = await import("node:fs/promises");
    const deep = join(folder, "x".repeat(100));
    await mkdir(deep);
    const path = socketPath(deep, folder);
    expect(Buffer.byteLength(path)).toBeLessThan(104);
    await using host = await serveClient(new FakeClient(), path);
    await using other = await remote(host.path);
    expect(await other.conversations()).toEqual([]);
  });

  it("does not use a folder that others may enter", async () => {
    const { mkdir, chmod } = await import("node:fs/promises");
    const deep = join(folder, "x".repeat(100));
    await mkdir(deep);
    socketPath(deep, folder);
    const { uid } = (await import("node:os")).userInfo();
    await chmod(join(folder, `chapar-${uid}`), 0o777);
    expect(() => socketPath(deep, folder)).toThrow("term/cannot-write");
  });
});

describe("one writer, several commands", () => {
  it("the second speaks to the first", async () => {
    const profiles = new FakeProfiles();
    await using first = await attach(profiles);
    await using second = await attach(profiles);
    await first.join("station:", "Dara");
    const id = await second.open("person:Sara");
    expect((await first.conversations()).map((view) => view.id)).toEqual([id]);
    expect(profiles.open.size).toBe(1);
  });

  it("takes the place of a holder that leaves, and its follower hears that things may have changed", async () => {
    const profiles = new FakeProfiles();
    const first = await attach(profiles);
    await first.join("station:", "Dara");
    const id = await first.open("person:Sara");
    await using second = await attach(profiles);
    second.connect();
    await second.conversations();
    profiles.client(folder).calls.length = 0;
    const told = new Promise<void>((resolve) => {
      second.subscribe((event) => event.type === "conversation" && event.conversation === id && resolve());
    });
    await first[Symbol.asyncDispose]();
    await told;
    expect(second.me()?.name).toBe("Dara");
    expect(profiles.client(folder).calls).toContain("connect");
    expect((await second.send(id, { text: "after" })).text).toBe("after");
  });

  it("waits for a receipt across a change of holders", async () => {
    const profiles = new FakeProfiles();
    const first = await attach(profiles);
    profiles.client(folder).reachable = false;
    await first.join("station:", "Dara");
    const id = await first.open("person:Sara");
    await using second = await attach(profiles);
    const message = await second.send(id, { text: "slow" });
    const receipt = second.receipt(message.id, { signal: never });
    await first[Symbol.asyncDispose]();
    await second.conversations();
    profiles.client(folder).reachable = true;
    profiles.client(folder).connect();
    expect((await receipt).message).toBe(message.id);
  });

  it("never makes a message twice when the holder leaves while it is being sent", async () => {
    const profiles = new FakeProfiles();
    const first = await attach(profiles);
    await first.join("station:", "Dara");
    const id = await first.open("person:Sara");
    await using second = await attach(profiles);
    const sends = Array.from({ length: 50 }, (_, index) => second.send(id, { text: `m${index}` }));
    await first[Symbol.asyncDispose]();
    await Promise.all(sends);
    const texts = (await second.messages(id, { limit: 100 })).map(({ text }) => text);
    expect(texts.toSorted()).toEqual(Array.from({ length: 50 }, (_, index) => `m${index}`).toSorted());
  });

  it("says that a send is uncertain when the holder was killed in the middle of it", async () => {
    const engine = new FakeClient();
    engine.setConversation({ id: "c" });
    engine.send = () => new Promise(() => undefined);
    const host = await serveClient(engine, socketPath(folder));
    let ended = false;
    await using other = await remote(host.path, () => {
      ended = true;
    });
    const send = other.send("c", { text: "x" });
    const uncertain = expect(send).rejects.toMatchObject({ code: "term/holder-ended", detail: { untouched: 0 } });
    // The connection breaks without a word, as it does when the holder gets a SIGKILL.
    await other[Symbol.asyncDispose]();
    await uncertain;
    expect(ended).toBe(true);
    await host[Symbol.asyncDispose]();
  });

  it("never sends again by itself what a killed holder may have kept, but asks again whatever may be asked twice", async () => {
    const holder = fork(join(import.meta.dirname, "../testing/holder-process.ts"), [socketPath(folder)], {
      execArgv: [],
    });
    const says = async (word: string): Promise<void> => {
      for await (const [said] of on(holder, "message")) if (said === word) return;
    };
    await says("ready");
    const profiles = new FakeProfiles();
    await using client = await attach(profiles);
    const sending = says("sending");
    const send = expect(client.send("c", { text: "x" })).rejects.toMatchObject({ code: "term/holder-ended" });
    const settled = client.settled({ signal: never });
    await sending;
    holder.kill("SIGKILL");
    await send;
    client.connect();
    await settled;
    expect(profiles.client(folder).calls).not.toContain("send");
  });

  it("replaces the socket of a process that was killed", async () => {
    await writeFile(socketPath(folder), "");
    const profiles = new FakeProfiles();
    await using first = await attach(profiles);
    await using second = await attach(profiles);
    expect(await second.conversations()).toEqual(await first.conversations());
  });

  it("tells its owner when the profile cannot be opened any more", async () => {
    const profiles = new FakeProfiles();
    const first = await attach(profiles);
    const lost = Promise.withResolvers<unknown>();
    await using second = await attachClient({
      profileDir: folder,
      openClient: () => Promise.reject(new FakeError("client/bad-profile")),
      preview: fakePreview,
      onLost: lost.resolve,
    });
    await first[Symbol.asyncDispose]();
    expect(await lost.promise).toMatchObject({ code: "client/bad-profile" });
    await expect(second.conversations()).rejects.toMatchObject({ code: "client/bad-profile" });
  });
});
