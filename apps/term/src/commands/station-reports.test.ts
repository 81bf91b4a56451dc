/* What the operator is shown of reports: the words of a stranger, and what they are worth. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { encodeReport } from "@chapar/e2e/devices";
import { conversationId } from "@chapar/wire";
import { encodeLetter, encodeMimi, NO_EXTENSIONS, noPreviousLetter, textPart } from "@chapar/wire/content";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CommandStage } from "../testing/command-stage.ts";

const stage = new CommandStage();
beforeEach(() => stage.begin());
afterEach(() => stage.end());
const reports = (...words: string[]): ReturnType<typeof stage.chapar> =>
  stage.chapar(["station", "reports", "--data", stage.folder, ...words], { profile: false });

function reportOf(text: string, signature: Uint8Array): Uint8Array {
  const content = encodeMimi({
    salt: new Uint8Array(16),
    replaces: undefined,
    topicId: new Uint8Array(0),
    expires: undefined,
    inReplyTo: undefined,
    extensions: NO_EXTENSIONS,
    body: textPart(text),
  });
  const letter = encodeLetter({
    conversation: conversationId(new Uint8Array(20)),
    seq: 0,
    prev: noPreviousLetter(),
    frontier: { size: 0, root: new Uint8Array(32) },
    content,
  });
  const key = new Uint8Array(32);
  const sender = new Uint8Array(20);
  return encodeReport({
    log: key,
    index: 7,
    sender,
    device: key,
    epoch: 1,
    leaf: 0,
    letter,
    signature,
    context: new Uint8Array(0),
    ops: [],
  });
}

describe("station reports", () => {
  it("prints what was reported, safe to look at, and says what it proves", async () => {
    expect((await reports()).stderr).toBe("Nothing has been reported.\n");
    await mkdir(join(stage.folder, "reports"));
    const put = (time: number, id: string, bytes: Uint8Array): Promise<void> =>
      writeFile(join(stage.folder, "reports", `${String(time).padStart(13, "0")}-${id.repeat(16)}.report`), bytes);
    await put(1, "a", reportOf("\u001b[2J\u202egnikool", new Uint8Array(0)));
    await put(2, "b", reportOf("forged", new Uint8Array(64)));
    await put(3, "c", Uint8Array.of(1, 2, 3));
    const { stdout } = await reports();
    expect(stdout).toContain("│ \u241b[2Jgnikool");
    expect(stdout).toContain("the reporter's word alone");
    expect(stdout).toContain("was not written by them");
    expect(stdout).toContain(`${"c".repeat(16)}  is no whole report.`);
    expect((await reports("--json")).lines.map(({ worth }) => worth)).toEqual(["claimed", "false", "false"]);
    await reports("--drop", "a".repeat(16));
    expect((await reports("--json")).lines.map(({ id }) => id)).toEqual(["b".repeat(16), "c".repeat(16)]);
    expect(await reports("--drop", "nothing")).toMatchObject({ code: 66 });
  });
});
