/* A station is seized: what its disk and its memory give away, and that the search finds what is planted there. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, it } from "vitest";
import { runLab } from "../src/index.ts";
import { readMemory, whyNoMemory } from "../src/seize/image.ts";
import { formsOf, Needles } from "../src/seize/needles.ts";
import { readRows } from "../src/seize/rows.ts";
import type { SeizureRow } from "../src/seize/seize.ts";

const id = (fill: number): Uint8Array => new Uint8Array(32).fill(fill);

describe("chapar lab seize", () => {
  it("finds a word that a process holds as text of either kind, and none that it does not", async () => {
    expect(whyNoMemory()).toBeUndefined();
    // Joined in the process, so that they stand neither in its arguments nor in its program.
    const program = `globalThis.kept = [Buffer.from(["plain","text","word"].join("")), ["گفتار","پنهان"].join("") + process.pid];
      console.log("ready"); setInterval(() => globalThis.kept.length, 1000);`;
    const child = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "ignore"] });
    await once(child.stdout, "data");
    const found = new Set<string>();
    const words = ["plaintextword", "گفتارپنهان", "elsewhereword"];
    const needles = new Needles(words.flatMap((word) => formsOf(word).map((bytes) => ({ bytes, label: word }))));
    const size = readMemory(child.pid ?? 0, needles.mostBytes, (piece) =>
      needles.scan(piece, (word) => found.add(word)),
    );
    child.kill("SIGKILL");
    expect([...found].toSorted()).toEqual(words.slice(0, 2).toSorted());
    expect(size).toBeGreaterThan(1_000_000);
  });

  it("finds a row that names a person and a room, or two people, by their ids or by a log's number", () => {
    const folder = mkdtempSync(join(tmpdir(), "chapar-seize-"));
    const file = join(folder, "station.sqlite");
    const database = new DatabaseSync(file);
    database.exec(`CREATE TABLE logs (number INTEGER PRIMARY KEY, id BLOB); CREATE TABLE chunks (number INTEGER PRIMARY KEY, log INTEGER);
      CREATE TABLE notes (who BLOB, whom BLOB, log INTEGER, text TEXT)`);
    database.prepare("INSERT INTO logs VALUES (1, ?), (2, ?)").run(id(9), id(2));
    database.exec("INSERT INTO chunks VALUES (1, 1), (2, 2)");
    const note = database.prepare("INSERT INTO notes VALUES (?, ?, ?, ?)");
    note.run(id(1), null, 7, "of one's own");
    note.run(id(1), id(2), 7, "two people");
    note.run(id(3), null, 1, "a number");
    note.run(null, id(3), 7, Buffer.from(id(8)).toString("hex"));
    database.close();
    const people = [1, 2, 3].map((fill) => ({
      person: `p${fill}`,
      ids: [id(fill)],
      inbox: Buffer.from(id(fill)).toString("hex"),
    }));
    const rooms = [8, 9].map((fill) => ({ log: id(fill), members: ["p2", "p3"] as const }));
    const { rows, edges, byOrder } = readRows(file, people, rooms);
    const room = (fill: number): string => Buffer.from(id(fill)).toString("hex");
    expect([rows, edges]).toEqual([8, ["p1 - p2", `p3 in ${room(8)}`, `p3 in ${room(9)}`].toSorted()]);
    // What came into the inbox of p2 stands beside what came into a room of theirs.
    expect(byOrder).toMatchObject({ pairs: 6, true: 4, auc: 0.625 });
    rmSync(folder, { recursive: true });
  });

  it("finds nothing that people wrote, and no row that says who is where", async () => {
    const out: string[] = [];
    const words = ["seize", "--people", "4", "--messages", "24", "--days", "2", "--json"];
    const code = await runLab(words, { out: (line) => out.push(line), err: () => undefined });
    const row = JSON.parse(out[0] ?? "") as SeizureRow;
    expect([code, row.plaintextBytes, row.edges]).toEqual([0, 0, 0]);
    // Texts, files and their names, terms, and everybody's name.
    expect(row.secrets).toBe(24 + 2 * 2 + 1 + 4);
    expect([row.rows > 50, row.diskBytes > 100_000, (row.memoryBytes ?? 0) > 1_000_000]).toEqual([true, true, true]);
    expect(row.liveTap.pairs).toBe(6);
  });
});
