import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { decodeFrame, FrameReader, FrameWriter, logId, type Frame } from "./index.ts";

const log = logId(new Uint8Array(32));
const entry = new Uint8Array(100);

/** The example of README.md, as it stands there; typed, linted and run. */
function example(): readonly Frame[] {
  // example:begin
  // One side: many frames leave as one piece of the stream.
  const writer = new FrameWriter();
  writer.add({ kind: "request", id: 1, body: { type: "greet", version: 1 } });
  writer.add({ kind: "request", id: 2, body: { type: "log.append", log, entry } });
  const piece = writer.take();

  // The other side: pieces come in any size; nothing here throws, whatever they hold.
  const reader = new FrameReader();
  const answers: Frame[] = [];
  for (const chunk of [piece.subarray(0, 9), piece.subarray(9)]) {
    const { frames, fault } = reader.push(chunk);
    for (const bytes of frames) {
      const frame = decodeFrame(bytes);
      if (frame.ok && frame.value.kind === "request") {
        answers.push({ kind: "response", id: frame.value.id, body: { type: "done" } });
      } else if (!frame.ok && frame.code === "wire/unknown-frame" && frame.id !== undefined) {
        answers.push({ kind: "response", id: frame.id, body: { type: "error", code: frame.code, detail: undefined } });
      } else {
        throw new Error("end the link with wire/malformed");
      }
    }
    if (fault !== undefined) throw new Error(`end the link with ${fault}`);
  }
  // example:end
  return answers;
}

describe("README.md", () => {
  it("shows the example that runs here", () => {
    expect(example().map((frame) => frame.kind !== "notice" && frame.id)).toEqual([1, 2]);
    const page = readFileSync(join(import.meta.dirname, "../README.md"), "utf8");
    const source = readFileSync(import.meta.filename, "utf8");
    const run = /^ {2}\/\/ example:begin\n([^]*?) {2}\/\/ example:end$/m.exec(source)?.[1]?.replaceAll(/^ {2}/gm, "");
    expect(page.match(/```ts\n([^]*?)```/)?.[1]).toBe(run);
  });
});
