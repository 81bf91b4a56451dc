import { describe, expect, it } from "vitest";
import { createKeyReader, type Key } from "./keys.ts";

function read(...pieces: string[]): Key[] {
  const keys: Key[] = [];
  const reader = createKeyReader((key) => keys.push(key));
  for (const piece of pieces) reader.feed(piece);
  if (reader.isPending) reader.flush();
  return keys;
}

const named = (name: string): Key => ({ kind: "named", name }) as Key;

describe("keys of a terminal", () => {
  it("are text, named keys and pastes", () => {
    expect(read("سلام\r")).toEqual([{ kind: "text", text: "سلام" }, named("enter")]);
    expect(read("\u001B[A\u001BOB\u001B[1;3A\u001B\r")).toEqual([
      named("up"),
      named("down"),
      named("alt-up"),
      named("line"),
    ]);
    expect(read("\u001B[200~two\rlines\u001B[201~x")).toEqual([
      { kind: "paste", text: "two\rlines" },
      { kind: "text", text: "x" },
    ]);
  });
  it("may come in pieces", () => {
    expect(read("\u001B", "[", "5", "~")).toEqual([named("page-up")]);
    expect(read("\u001B[200~ab", "cd\u001B[20", "1~")).toEqual([{ kind: "paste", text: "abcd" }]);
  });
  it("know a lone Escape from the beginning of a sequence", () => {
    expect(read("\u001B")).toEqual([named("escape")]);
    expect(read("\u001B\u001B[A")).toEqual([named("escape"), named("up")]);
  });
  it("ignore sequences without a meaning here", () => {
    expect(read("\u001B[<0;1;1M\u001B[99~\u001Bq\u0000a")).toEqual([{ kind: "text", text: "a" }]);
  });
});
