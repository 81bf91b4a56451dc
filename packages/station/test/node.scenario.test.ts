/* A real station on a real folder and port: what stays over a restart, HTTP, the operator's log, the lock. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { webSocketCarrier } from "@chapar/carrier/node";
import { idText } from "@chapar/wire";
import { toBase64Url } from "@chapar/wire/bytes";
import { afterEach, describe, expect, it } from "vitest";
import { startStation, type RunningStation, type StationConfig } from "../src/node/index.ts";
import { TestClient, TestPerson, TestRoom } from "../src/testing/index.ts";

const folders: string[] = [];
function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "chapar-station-"));
  folders.push(made);
  return made;
}
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

function start(dataDir: string, changes: Partial<StationConfig> = {}): Promise<RunningStation> {
  return startStation({ dataDir, port: 0, region: "IR", name: "test", ...changes });
}

async function dial(station: RunningStation): Promise<TestClient> {
  const client = new TestClient(await webSocketCarrier().dial(station.url, { signal: new AbortController().signal }));
  await client.greet();
  return client;
}

async function resident(station: RunningStation, name: string): Promise<{ client: TestClient; person: TestPerson }> {
  const person = new TestPerson(name, station.ref);
  const client = await dial(station);
  await client.expect("done", { type: "account.register", ops: person.ops, token: station.signUpToken });
  await client.auth(person.identity, person.phone);
  return { client, person };
}

describe("a station on a data folder", () => {
  it("has its key, its token, its accounts and its logs after a restart", async () => {
    const dataDir = folder();
    const room = new TestRoom(1);
    const first = await start(dataDir);
    const log = room.idAt(first.key);
    {
      const { client } = await resident(first, "alice");
      await client.expect("log.state", { type: "log.create", genesis: room.genesis });
      await client.openRoom(room, log);
      await client.expect("receipt", { type: "log.append", log, entry: room.message("kept") });
      await first.close();
      await client.link.ended;
      expect(client.goodbye).toBe("station/shutting-down");
    }
    await using second = await start(dataDir);
    expect([second.key, second.signUpToken]).toEqual([first.key, first.signUpToken]);
    const person = new TestPerson("alice", first.ref);
    const client = await dial(second);
    expect(await client.auth(person.identity, person.phone)).toEqual({ type: "done" });
    await client.openRoom(room, log);
    const page = await client.expect("log.entries", { type: "log.read", log, from: 1, maxBytes: 1000 });
    expect(page.entries).toEqual([room.message("kept")]);
    for (const secret of ["station.key", "signup.token"])
      expect(statSync(join(dataDir, secret)).mode & 0o777).toBe(0o600);
  });

  it("answers a second start on the same folder with a typed error", async () => {
    const dataDir = folder();
    await using _first = await start(dataDir);
    await expect(start(dataDir)).rejects.toMatchObject({ code: "station/folder-in-use" });
  });

  it("refuses a region that is none and a key file that is none", async () => {
    const dataDir = folder();
    await expect(start(dataDir, { region: "Iran" })).rejects.toMatchObject({ code: "station/bad-config" });
    writeFileSync(join(dataDir, "station.key"), "short");
    await expect(start(dataDir)).rejects.toMatchObject({ code: "station/bad-key-file" });
  });

  it("writes a log without addresses, ids, keys or content", async () => {
    const lines: string[] = [];
    const dataDir = folder();
    const station = await start(dataDir, { log: { write: (line) => void lines.push(line) } });
    const { client, person } = await resident(station, "alice");
    const room = new TestRoom(1);
    const log = room.idAt(station.key);
    await client.expect("log.state", { type: "log.create", genesis: room.genesis });
    await client.openRoom(room, log);
    await client.expect("receipt", { type: "log.append", log, entry: room.message("a very secret sentence") });
    await client.refused({ type: "identity.get", identity: new Uint8Array(20) as never, at: undefined });
    client.raw(new Uint8Array([0, 0, 0, 1, 0]));
    await client.link.ended;
    await station.close();
    const text = lines.join("");
    expect(lines.length).toBeGreaterThan(1);
    const forbidden = [
      "secret",
      "127.0.0.1",
      ...[person.identity, person.phone.publicKey, log, station.key, station.signUpToken].flatMap((id) => [
        idText(id),
        toBase64Url(id),
        Buffer.from(id).toString("hex"),
        Buffer.from(id).toString("base64"),
      ]),
    ];
    for (const word of forbidden) expect(text).not.toContain(word);
    const keys = lines.flatMap((line) => Object.keys(JSON.parse(line) as object));
    expect(new Set(keys)).toEqual(new Set(["level", "time", "msg"]));
  });
});

describe("a station's port", () => {
  it("answers health, readiness and metrics, metrics only on this machine", async () => {
    await using station = await start(folder());
    const { client } = await resident(station, "alice");
    await client.ask({ type: "ping" });
    expect(await (await fetch(`${station.url}/healthz`)).text()).toBe("ok\n");
    expect((await fetch(`${station.url}/readyz`)).status).toBe(200);
    const metrics = await fetch(`${station.url}/metrics`);
    expect(metrics.headers.get("content-type")).toContain("application/openmetrics-text");
    const text = await metrics.text();
    expect(text).toContain('chapar_requests_total{type="ping"} 1');
    expect(text).toContain("chapar_links 1");
    expect(text.endsWith("# EOF\n")).toBe(true);
    const passedOn = await fetch(`${station.url}/metrics`, { headers: { "x-forwarded-for": "203.0.113.9" } });
    expect(passedOn.status).toBe(404);
    expect((await fetch(`${station.url}/v1/link`)).status).toBe(426);
  });

  it("serves the web app strictly: compressed, cached, and nothing outside its folder", async () => {
    const root = folder();
    mkdirSync(join(root, "web", "assets"), { recursive: true });
    const script = "export const a = 1;\n".repeat(100);
    writeFileSync(join(root, "web", "index.html"), "<!doctype html><title>app</title>");
    writeFileSync(join(root, "web", "assets", "main-abc123.js"), script);
    writeFileSync(join(root, "web", "assets", "main-abc123.js.br"), brotliCompressSync(script));
    writeFileSync(join(root, "outside.txt"), "outside");
    await using station = await start(folder(), { webRoot: join(root, "web") });
    const index = await fetch(`${station.url}/`);
    expect(await index.text()).toContain("<title>app</title>");
    expect(index.headers.get("cache-control")).toBe("no-cache");
    const policy = index.headers.get("content-security-policy") ?? "";
    for (const part of ["default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"])
      expect(policy).toContain(part);
    expect(index.headers.get("cross-origin-opener-policy")).toBe("same-origin");
    expect(index.headers.get("referrer-policy")).toBe("no-referrer");
    expect(index.headers.get("x-content-type-options")).toBe("nosniff");
    const asset = await fetch(`${station.url}/assets/main-abc123.js`, { headers: { "accept-encoding": "gzip, br" } });
    expect(asset.headers.get("content-encoding")).toBe("br");
    expect(asset.headers.get("cache-control")).toContain("immutable");
    expect(asset.headers.get("content-type")).toContain("text/javascript");
    expect(await asset.text()).toBe(script);
    const plain = await fetch(`${station.url}/assets/main-abc123.js`, { headers: { "accept-encoding": "br;q=0" } });
    expect(plain.headers.get("content-encoding")).toBeNull();
    const etag = index.headers.get("etag") ?? "";
    expect((await fetch(`${station.url}/`, { headers: { "if-none-match": etag } })).status).toBe(304);
    expect(await (await fetch(`${station.url}/i/some-invite`)).text()).toContain("<title>app</title>");
    for (const path of ["/assets/none.js", "/..%2foutside.txt", "/%2e%2e/outside.txt", "/assets/main-abc123.js.br"]) {
      const answer = await fetch(`${station.url}${path}`);
      expect(await answer.text()).not.toContain("outside");
      expect(answer.status).toBe(404);
    }
    expect(readFileSync(join(root, "outside.txt"), "utf8")).toBe("outside");
  });

  it("W-72 sends a file with a hash under few bytes of headers, and a worker among them a policy without connections", async () => {
    const root = folder();
    mkdirSync(join(root, "assets"), { recursive: true });
    writeFileSync(join(root, "index.html"), "<!doctype html><title>app</title>");
    writeFileSync(join(root, "assets", "worker-abc123.js"), "export {};\n");
    writeFileSync(join(root, "assets", "worker-abc123.js.br"), brotliCompressSync("export {};\n"));
    await using station = await start(folder(), { webRoot: root });
    const { headers } = await fetch(`${station.url}/assets/worker-abc123.js`, { headers: { "accept-encoding": "br" } });
    expect(headers.get("content-security-policy")).toBe("default-src 'none'; script-src 'self'");
    expect(headers.get("x-content-type-options")).toBe("nosniff");
    expect(headers.get("cross-origin-resource-policy")).toBe("same-origin");
    // As HTTP/1.1 writes them: name, colon, space, value, line end.
    const sizeBytes = [...headers].reduce((sum, [name, value]) => sum + name.length + value.length + 4, 0);
    expect(sizeBytes).toBeLessThan(500);
    const none = await fetch(`${station.url}/assets/none.js`);
    expect(none.headers.get("x-content-type-options")).toBe("nosniff");
  });
});

describe("two stations on one machine", () => {
  it("federate over real links", async () => {
    await using hub = await start(folder());
    await using home = await start(folder(), { region: "DE", peers: [hub.url] });
    const { person } = await resident(hub, "bob");
    const dara = (await resident(home, "dara")).client;
    const ops = await dara.expect("identity.ops", { type: "identity.get", identity: person.identity, at: hub.ref });
    expect(ops.ops).toEqual(person.ops);
  });
});
