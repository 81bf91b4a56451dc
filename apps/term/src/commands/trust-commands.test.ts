/* What is told of alerts, proofs, watching and comparing, against the fake engine; proofs are real ones. */
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeBundle } from "@chapar/evidence";
import { makeLies } from "@chapar/evidence/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
const { chapar, joined } = stage;
const file = (name: string): string => join(stage.folder, name);
beforeEach(() => stage.begin());
afterEach(() => stage.end());

const HELD = { id: "held-back", code: "withheld", missing: 7, restored: 3, state: "asking", sinceMs: 1000 } as const;

describe("alerts", () => {
  it("are printed newest first, with who, what and how it stands; unseen ones are marked", async () => {
    const conversation = await joined();
    stage.engine.setAlert({ ...HELD, conversation, noticedAtMs: 2000 });
    stage.engine.setAlert({ id: "copy", code: "restored", noticedAtMs: 5000, seen: true });
    const { stdout, code } = await chapar(["alerts"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^ {2}1970-01-01 \d\d:\d\d {2}Tehran \(IR\) was put back from an older copy\./);
    expect(stdout).toContain("! 1970");
    expect(stdout).toContain("Tehran (IR) is holding back 7 messages.");
    expect(stdout).toContain("3 of 7 messages came back · asking others");
    const { lines } = await chapar(["alerts", "--json"]);
    expect(lines.map(({ event, id, seen }) => [event, id, seen])).toEqual([
      ["alert", "copy", true],
      ["alert", "held-back", false],
    ]);
  });

  it("say that there is none", async () => {
    await joined();
    expect(await chapar(["alerts"])).toMatchObject({ code: 0, stdout: "", stderr: "Nothing has been noticed.\n" });
  });

  it("are shown whole by their id or its beginning, and count as seen then", async () => {
    await joined();
    stage.engine.setAlert({ ...HELD, proof: { shape: "log", sizeBytes: 900 } });
    const { stdout } = await chapar(["alerts", "show", "held"]);
    expect(stdout).toContain("It is the station that did this; your keys and your network have no part in it.");
    expect(stdout).toContain("./chapar proof export held-back FILE");
    expect(stage.engine.calls).toContain("markAlertSeen held-back");
    expect(await chapar(["alerts", "show", "nothing", "--json"])).toMatchObject({
      code: 66,
      lines: [{ code: "term/unknown-alert" }],
    });
  });

  it("never blame a station for keys, nor keys for a station, nor anybody for a restoration", async () => {
    await joined();
    stage.engine.setAlert({ id: "keys", code: "chain-forked", person: "id-Sara" });
    stage.engine.setAlert({ id: "copy", code: "restored" });
    stage.engine.setAlert({ id: "word", code: "no-answer", proof: { shape: "unanswered", sizeBytes: 800 } });
    const says = async (id: string): Promise<string> => (await chapar(["alerts", "show", id])).stdout;
    expect(await says("keys")).toMatch(/^The keys of Sara signed two different histories\./);
    expect(await says("keys")).not.toContain("Tehran");
    expect(await says("copy")).toContain("This accuses nobody.");
    expect(await says("word")).toContain("no proof of guilt");
  });

  it("stand in `read` after the lines they are about, once", async () => {
    const conversation = await joined();
    stage.engine.deliver(conversation, "hello");
    stage.engine.setAlert({ ...HELD, conversation });
    stage.engine.setConversation({ id: conversation, alert: { id: HELD.id, code: HELD.code } });
    const { stdout } = await chapar(["read"]);
    expect(stdout.split("\n").at(-2)).toBe(
      "── Tehran (IR) is holding back 7 messages. See: ./chapar alerts show held-back",
    );
    expect((await chapar(["read", "--json"])).lines.at(-1)).toMatchObject({ event: "alert", id: "held-back" });
  });
});

describe("read", () => {
  it("says what came back, what was removed and by whose law, what is missing, and whose keys changed", async () => {
    const id = await joined();
    stage.engine.deliver(id, "kept by Dara", { restored: true });
    const removal = { region: "DE", reason: "court order", reference: "353 Gs 1/26\u202E" };
    stage.engine.deliver(id, "", { gap: { code: "station/removed", entries: 1, removal } });
    stage.engine.deliver(id, "", { gap: { code: "client/missing-messages", entries: 4 } });
    stage.engine.deliver(id, "", {
      personChange: { identity: "id-Sara", what: "device-added", sinceMs: undefined },
    });
    const { stdout } = await chapar(["read"]);
    expect(stdout).toContain("Sara: kept by Dara · restored: the station held it back, a member gave it back");
    expect(stdout).toContain("── 1 message removed by the station of DE, reference 353 Gs 1/26 (court order)");
    expect(stdout).toContain(`── 4 messages of Sara from before this did not come; ask the others: ./chapar ask ${id}`);
    expect(stdout).toContain("── Sara added a device; compare with: ./chapar safety id-Sara");
    expect((await chapar(["read", "--json"])).lines).toMatchObject([
      { restored: true, gap: null },
      { restored: false, gap: { entries: 1, removal: { region: "DE" } } },
      { gap: { code: "client/missing-messages" } },
      { personChange: { what: "device-added" } },
    ]);
  });
});

describe("safety take-back", () => {
  const view = { voided: 2, changes: ["device-added", "device-revoked"], sinceMs: 1000, late: false } as const;

  it("gives the words on standard input, and says what counts no more", async () => {
    await joined();
    stage.engine.takenBack = view;
    const { stdout, code } = await chapar(["safety", "take-back", "--words"], { input: Buffer.from("some words") });
    expect(code).toBe(0);
    expect(stage.engine.calls).toContain("takeBack some words");
    expect(stdout).toContain("2 changes of your keys count no more");
    expect(stdout).toContain("  undone: somebody in your name added a device");
    expect(stdout).not.toContain("72 hours");
    const { lines } = await chapar(["safety", "take-back", "--json"]);
    expect(stage.engine.calls).toContain("takeBack -");
    expect(lines).toEqual([{ event: "taken-back", ...view }]);
  });

  it("says when it is too late for those who saw it, and when there is nothing", async () => {
    await joined();
    stage.engine.takenBack = { ...view, voided: 1, late: true };
    expect((await chapar(["safety", "take-back"])).stdout).toContain("That is more than 72 hours");
    for (const [refusal, exit] of [
      ["client/nothing-to-take-back", 69],
      ["client/no-words", 64],
      ["e2e/bad-words", 65],
      ["client/not-taken-back", 75],
    ] as const) {
      stage.engine.takenBack = refusal;
      expect(await chapar(["safety", "take-back", "--json"])).toMatchObject({ code: exit, lines: [{ code: refusal }] });
    }
  });
});

describe("ask", () => {
  const GAPS = [
    ["client/withheld", "the station has a message that belongs here and does not give it", true],
    ["client/pruned", "the station deleted a message before this device had it", true],
    ["client/expired", "a message was at the station for too long and was deleted", true],
    ["client/removed", "the station removed a message and shows no public note of it", true],
    ["client/missing-messages", "a message of Sara from before this did not come", true],
    ["client/came-late", "a message of Sara that belongs here came later and stands further below", false],
    ["client/not-shown", "this version of Chapar cannot show what stands here", false],
    ["e2e/bad-tag", "1 message could not be shown (e2e/bad-tag)", true],
  ] as const;

  it("has a sentence for each line that stands for something missing, and names the way to the others where it may help", async () => {
    const id = await joined();
    for (const [code] of GAPS) stage.engine.deliver(id, "", { gap: { code, entries: 1 } });
    const lines = (await chapar(["read"])).stdout.split("\n").filter((line) => line.includes(" ── "));
    expect(lines.map((line) => line.split(" ── ")[1])).toEqual(
      GAPS.map(([, says, askable]) => (askable ? `${says}; ask the others: ./chapar ask ${id}` : says)),
    );
  });

  it("asks the people in a conversation, and says what each missing line means, once", async () => {
    const id = await joined();
    for (const code of ["client/withheld", "client/withheld", "client/pruned", "client/not-shown"])
      stage.engine.deliver(id, "", { gap: { code, entries: 1 } });
    const { stdout, code } = await chapar(["ask", id]);
    expect(code).toBe(0);
    expect(stdout.match(/The station signed that it took them/g)).toHaveLength(1);
    expect(stdout).toContain("A station may delete a message once every device");
    expect(stdout).not.toContain("passed every check");
    expect(stdout).toContain("The others were asked.");
    expect(stage.engine.calls).toContain(`askMembers ${id}`);
    expect((await chapar(["ask", id, "--json"])).lines).toEqual([{ event: "asked", conversation: id, lines: 3 }]);
    expect(await chapar(["ask", "zzzz", "--timeout", "0"])).toMatchObject({ code: 66 });
  });
});

describe("proof", () => {
  it("is written into a file of its own, never over another", async () => {
    await joined();
    const [lie] = await makeLies();
    const bytes = encodeBundle(lie!.bundle);
    stage.engine.setAlert({ ...HELD, proof: { shape: "log", sizeBytes: bytes.length } }, bytes);
    const made = await chapar(["proof", "export", "held-back", file("a.proof"), "--json"]);
    expect(made).toMatchObject({ code: 0, lines: [{ event: "proof", alert: "held-back", sizeBytes: bytes.length }] });
    expect([...(await readFile(file("a.proof")))]).toEqual([...bytes]);
    expect((await stat(file("a.proof"))).mode & 0o077).toBe(0);
    expect(await chapar(["proof", "export", "held-back", file("a.proof")])).toMatchObject({ code: 73, stdout: "" });
    stage.engine.setAlert({ id: "none", code: "chain-forked" });
    expect(await chapar(["proof", "export", "none", file("b.proof")])).toMatchObject({ code: 69 });
  });

  it("of every shape and fault is verified without a profile, and its honest twin proves nothing", async () => {
    for (const { name, fault, bundle, honest } of await makeLies()) {
      await writeFile(file("lie.proof"), encodeBundle(bundle));
      await writeFile(file("twin.proof"), encodeBundle(honest));
      const told = await chapar(["proof", "verify", file("lie.proof"), "--json"], { profile: false });
      expect(told, name).toMatchObject({ code: 0, lines: [{ event: "verdict", proven: true, fault }] });
      expect(told.lines[0]?.["station"], name).toMatch(/^[a-z2-7]{52}$/);
      const twin = await chapar(["proof", "verify", file("twin.proof"), "--json"], { profile: false });
      expect(twin, name).toMatchObject({ code: 1, lines: [{ event: "verdict", proven: false }] });
    }
  });

  it("says what to ask where a restoration may excuse it, and that a witness's word is no proof of guilt", async () => {
    const says = new Map<string, string>();
    for (const { bundle } of await makeLies()) {
      await writeFile(file("lie.proof"), encodeBundle(bundle));
      const path = file("lie.proof");
      const { lines } = await chapar(["proof", "verify", path, "--json"], { profile: false });
      const { stdout } = await chapar(["proof", "verify", path], { profile: false });
      expect(stdout.includes("It may be excused: ask for the station's public record.")).toBe(lines[0]?.["excusable"]);
      says.set(bundle.shape, stdout);
    }
    expect(says.size).toBe(9);
    expect(says.get("unanswered")).toMatch(/^This is a witness's word\.[\s\S]*It is no proof of guilt/);
    for (const [shape, text] of says) if (shape !== "unanswered") expect(text, shape).toMatch(/^This is proven\.\n/);
  });

  it("that was cut, changed, made longer or is no file proves nothing", async () => {
    const [lie] = await makeLies();
    const bytes = encodeBundle(lie!.bundle);
    const cases = [bytes.slice(0, -1), Uint8Array.from([...bytes, 0]), new Uint8Array(5000), new Uint8Array()];
    for (const at of [0, 16, 20, bytes.length >> 1, bytes.length - 1])
      cases.push(bytes.map((octet, index) => (index === at ? octet ^ 1 : octet)));
    for (const changed of cases) {
      await writeFile(file("bad.proof"), changed);
      const told = await chapar(["proof", "verify", file("bad.proof")], { profile: false });
      expect(told).toMatchObject({ code: 1, stderr: "" });
      expect(told.stdout).toMatch(/^Not proven \(evidence\//);
    }
    expect(await chapar(["proof", "verify", file("nowhere.proof")], { profile: false })).toMatchObject({ code: 66 });
  });
});

describe("watch", () => {
  it("checks now and says over how many paths and by how many witnesses", async () => {
    await joined();
    stage.engine.setWatch({ checkedAtMs: Date.now(), witnesses: 4, cosigned: 3, paths: 2, quorum: "final" });
    const { stdout, code } = await chapar(["watch"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Checked \d+ s ago over two paths\.\n3 of 4 witnesses signed/);
    expect(stage.engine.calls).toContain("check");
  });

  it("S-24 says that changes are provisional while the word of stations in other countries is to come", async () => {
    await joined();
    stage.engine.setWatch({ checkedAtMs: Date.now(), witnesses: 2, cosigned: 1, paths: 1, quorum: "live" });
    expect((await chapar(["watch"])).stdout).toContain("provisional until stations in other countries have signed");
  });

  it("says since when it could not be checked, and 75", async () => {
    await joined();
    stage.engine.setWatch({ checkedAtMs: 1000, quorum: "none", code: "client/log-stale" });
    const { stdout, code } = await chapar(["watch"]);
    expect(code).toBe(75);
    expect(stdout).toMatch(/^Not checked since 1970-01-01 \d\d:\d\d \(client\/log-stale\)\.\nNo witness looks/);
    expect((await chapar(["watch", "--json"])).lines).toMatchObject([{ event: "watch", code: "client/log-stale" }]);
  });
});

describe("island", () => {
  it("J-9 says what is out of reach, what goes on and what waits, in words and as JSON", async () => {
    await joined();
    expect((await chapar(["island"])).stdout).toBe("Nothing that was tried is out of reach.\n");
    const far = { key: "far", urls: ["https://far.example"], region: "DE", name: "" };
    const cut = { sinceMs: 1000, stations: [far], chats: 2, letters: 1, changes: 3 };
    stage.engine.data.cut = cut;
    const { stdout } = await chapar(["island", "--timeout", "0"]);
    expect(stdout).toContain("from https://far.example (DE).");
    expect(stdout).toContain("2 chats are ordered there");
    expect(stdout).toContain("1 message waits for the other side, and 3 changes of members and roles.");
    expect((await chapar(["island", "--json"])).lines).toMatchObject([{ event: "island", isCut: true, ...cut }]);
  });
});

describe("safety", () => {
  it("prints what two people compare, by name, id or conversation, and remembers that they did", async () => {
    const conversation = await joined();
    stage.engine.setSafety({ identity: "id-Sara", devices: 2, ops: 4, paused: true });
    for (const who of ["sara", "id-Sara", "id-sa", conversation]) {
      const { stdout } = await chapar(["safety", who]);
      expect(stdout).toMatch(/^Not compared with Sara yet\./);
      expect(stdout.match(/^ {2}\d{5}( \d{5}){3}$/gm)).toHaveLength(3);
      expect(stdout).toContain("Sending to Sara waits");
    }
    const after = await chapar(["safety", "sara", "--compared"]);
    expect(stage.engine.calls).toContain("markCompared id-Sara");
    expect(after.stdout).toMatch(/^Compared with Sara on 1970-01-01/);
    expect(after.stdout).not.toContain("waits");
    expect((await chapar(["safety", "sara", "--json"])).lines).toMatchObject([
      { event: "safety", identity: "id-Sara", devices: 2, paused: false },
    ]);
  });

  it("says 66 for nobody and 69 for somebody whose keys are not here", async () => {
    await joined();
    expect(await chapar(["safety", "nobody"])).toMatchObject({ code: 66, stdout: "" });
    expect(await chapar(["safety", "sara"])).toMatchObject({ code: 69, stdout: "" });
  });
});
