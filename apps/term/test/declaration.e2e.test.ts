/*
 * The main job: Sara in a real Chromium at a station in IR, Dara in the terminal at a station in DE, and all thirty
 * articles of the Universal Declaration of Human Rights in five languages both ways, and a photograph. What arrives is
 * what was written, in order; every receipt verifies; and neither station's disk holds a word of it.
 */
import { createHash, createPublicKey, verify } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createTreeHasher, decodeReceipt, verifyReceipt } from "@chapar/log";
import { ID_SIZE_BYTES, parseIdText } from "@chapar/wire";
import { fromBase64Url, fromHex } from "@chapar/wire/bytes";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { WebPerson } from "./browser.ts";
import { articles, LANGUAGES } from "./declaration.ts";
import { Town, type Line } from "./process.ts";

const ALL = LANGUAGES.flatMap((language) => articles(language));
const LOCAL_LIMIT_MS = 900_000;

const hasher = createTreeHasher((bytes) => new Uint8Array(createHash("sha256").update(bytes).digest()));
/** DER prefix of an Ed25519 public key (RFC 8410). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const verifier = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean =>
  verify(null, message, createPublicKey({ key: Buffer.concat([SPKI, key]), format: "der", type: "spki" }), signature);

/** Checks a receipt with nothing but what stands in it and the station's key. */
async function isSound(receipt: Line): Promise<boolean> {
  const stationKey = parseIdText(String(receipt["station"]), 32);
  const logId = parseIdText(String(receipt["log"]), ID_SIZE_BYTES.log);
  const leafHash = fromHex(String(receipt["leafHash"]));
  const proof = fromBase64Url(String(receipt["proof"]));
  if (stationKey === undefined || logId === undefined || leafHash === undefined || proof === undefined) return false;
  const decoded = decodeReceipt(proof, { stationKey, logId, leafHash });
  if (!decoded.ok || decoded.value.index !== receipt["index"] || decoded.value.size !== receipt["size"]) return false;
  return (await verifyReceipt(decoded.value, stationKey, { hasher, verify: async (...args) => verifier(...args) })).ok;
}

/** Files under a folder whose bytes hold any of the texts, in UTF-8 or UTF-16. */
function filesThatHold(folder: string, texts: readonly string[]): string[] {
  // A store may cut a long text in pieces; sixteen characters from its middle would still stand in one.
  const pieces = texts.flatMap((text) => {
    const body = text.slice(text.indexOf("\n") + 1);
    const from = Math.max(0, Math.floor(body.length / 2) - 8);
    return [text, body.slice(from, from + 16)];
  });
  return filesWith(
    folder,
    pieces.flatMap((text) => [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")]),
  );
}

/** Files under a folder whose bytes hold any of the needles. */
function filesWith(folder: string, needles: readonly Uint8Array[]): string[] {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  expect(files.length).toBeGreaterThan(0);
  return files
    .map((file) => join(file.parentPath, file.name))
    .filter((path) => {
      const bytes = readFileSync(path);
      return needles.some((needle) => bytes.includes(needle));
    });
}

let town: Town;
let sara: WebPerson;
beforeAll(async () => {
  town = await Town.open();
  sara = await WebPerson.open();
});
afterAll(async () => {
  await sara[Symbol.asyncDispose]();
  await town[Symbol.asyncDispose]();
});

describe("the Declaration, between a browser in IR and a terminal in DE", () => {
  it(
    "arrives whole both ways, with a photograph, and rests unread",
    async () => {
      expect(ALL).toHaveLength(150);
      const de = await town.station("de", ["--region", "DE"]);
      const ir = await town.station("ir", ["--region", "IR", "--peer", de.url]);
      await town.ask(["join", de.invite, "--name", "Dara", "--profile", "dara"]);
      const { invite } = await town.ask(["invite", "--profile", "dara"]);
      await sara.join(ir.invite, "Sara");
      await sara.openPerson(String(invite));

      const dara = town.stay(["read", "--follow", "--json", "--profile", "dara", "--save", town.path("saved")]);
      const received = (): readonly Line[] => dara.lines.filter((line) => line["mine"] === false);
      const arrived = async (count: number): Promise<void> => {
        await dara.line(() => received().length >= count);
      };

      // Sara writes.
      for (const [index, text] of ALL.entries()) {
        await sara.write(text);
        // A person does not run a hundred letters ahead of the screen.
        if (index % 10 === 9) await arrived(index + 1);
      }
      await arrived(ALL.length);
      expect(received().map(({ text }) => text)).toEqual(ALL);
      expect(received().every(({ senderName }) => senderName === "Sara")).toBe(true);

      // … and shows a photograph.
      const photo = await sara.photograph();
      expect(photo.subarray(0, 3).toString("hex")).toBe("ffd8ff");
      await sara.attach("qanat.jpg", "image/jpeg", photo);
      await arrived(ALL.length + 1);
      const { attachment, conversation } = received().at(-1) as {
        attachment: { savedTo: string };
        conversation: string;
      };
      expect(attachment).toMatchObject({ fileName: "qanat.jpg", mediaType: "image/jpeg", sizeBytes: photo.length });
      expect(readFileSync(attachment.savedTo).equals(photo)).toBe(true);

      expect(await isSound(await sara.newestReceipt())).toBe(true);

      // Dara answers, with the same profile while it is being followed.
      const receipts: Line[] = [];
      for (const text of ALL) receipts.push(await town.ask(["send", conversation, "-", "--profile", "dara"], text));
      writeFileSync(town.path("back.jpg"), photo);
      receipts.push(await town.ask(["send", conversation, "--file", town.path("back.jpg"), "--profile", "dara"]));
      await sara.count(2 * (ALL.length + 1));
      expect((await sara.shownPhoto("Dara")).equals(photo)).toBe(true);
      const shown = await sara.messages();
      expect(shown.map(({ position }) => position)).toEqual(shown.map((_, index) => index));
      expect(shown.filter(({ mine }) => mine).map(({ text }) => text)).toEqual([...ALL, ""]);
      expect(shown.filter(({ mine }) => !mine).map(({ text }) => text)).toEqual([...ALL, ""]);
      // Those that Dara's terminal has told to have come are at the station too.
      const own = shown.filter(({ mine }) => mine).map(({ label }) => label);
      expect(own.filter((label) => !/At the station|On their device|Read/u.test(label))).toEqual([]);

      // Every receipt verifies on its own; a changed one does not.
      expect(new Set(receipts.map(({ message }) => message)).size).toBe(ALL.length + 1);
      for (const receipt of receipts) expect(await isSound(receipt)).toBe(true);
      const [first = {}] = receipts;
      expect(await isSound({ ...first, leafHash: "00".repeat(32) })).toBe(false);
      const indexes = receipts.map(({ index }) => Number(index));
      expect(indexes).toEqual(indexes.toSorted((a, b) => a - b));

      expect(sara.complaints).toEqual([]);

      // Nobody's words are on either disk, while the stations run and after they stopped.
      for (const station of ["de", "ir"]) expect(filesThatHold(town.path(station), ALL)).toEqual([]);
      expect((await dara.end("SIGINT")).code).toBe(0);
      for (const { process } of [ir, de]) expect((await process.end("SIGTERM")).code).toBe(0);
      for (const station of ["de", "ir"]) {
        expect(filesThatHold(town.path(station), ALL)).toEqual([]);
        expect(filesWith(town.path(station), [photo.subarray(1000, 1032)])).toEqual([]);
      }
      // The search itself finds what is there.
      writeFileSync(town.path("saved/control.txt"), ALL[7] ?? "");
      expect(filesThatHold(town.path("saved"), ALL)).toEqual([town.path("saved/control.txt")]);
    },
    LOCAL_LIMIT_MS,
  );
});
