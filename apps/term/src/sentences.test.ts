import { CLIENT_CODES } from "@chapar/client";
import { STATION_CODES } from "@chapar/station";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { TERM_CODES, TermError, type TermCode } from "./errors.ts";
import { ExitCode } from "./exit-code.ts";
import { tell } from "./sentences.ts";

const coded = (code: string, more: object = {}): Error => Object.assign(new Error(code), { code, ...more });

describe("what a person is told", () => {
  it("is a sentence for every code of the command line, the engine and the station", () => {
    const codes = [...Object.keys(TERM_CODES), ...Object.keys(CLIENT_CODES), ...Object.keys(STATION_CODES)];
    for (const code of codes) {
      const detail = {
        reason: "r",
        path: "/p",
        profile: "/p",
        name: "n",
        why: "w",
        refusal: "x/y",
        problem: "P.",
        seconds: 1,
      };
      const told = tell(coded(code, { detail }));
      expect(told.code).toBe(code);
      expect(told.message).toMatch(/^[A-Z/].*[.)]$|--help$|NAME$|--profile \/p$|chapar up$/s);
      expect(told.message).not.toMatch(/[{}!]|undefined|\[object|\n/);
      expect(Object.values(ExitCode)).toContain(told.exit);
      expect(told.exit).not.toBe(ExitCode.ok);
    }
  });

  it("says what the disk said, however deep it lies", () => {
    const denied = coded("EACCES", { path: "/srv/x" });
    expect(tell(new Error("outer", { cause: denied }))).toMatchObject({ code: "term/cannot-write", exit: 73 });
    expect(tell(denied).message).toContain("/srv/x cannot be written (permission denied)");
    const full = Object.assign(new Error("full"), { code: "ERR_SQLITE_ERROR", errcode: 13 });
    expect(tell(coded("station/storage-failed", { cause: full }))).toMatchObject({ code: "term/disk-full", exit: 74 });
    expect(tell(coded("EADDRINUSE", { port: 8080 }))).toMatchObject({ code: "term/port-taken", exit: 69 });
  });

  it("never shows the inside of a fault", () => {
    const told = tell(new TypeError("Cannot read properties of undefined (reading 'secret')"));
    expect(told).toMatchObject({ code: "term/internal", exit: 70 });
    expect(told.message).not.toContain("secret");
  });

  it("fills in what is known", () => {
    expect(tell(new TermError("term/port-taken", { port: 80 })).message).toContain("Port 80 is in use");
  });
});

describe("exit codes", () => {
  it("are the ones of docs/cli.md", async () => {
    const page = await readFile(join(import.meta.dirname, "../../../docs/cli.md"), "utf8");
    const listed = Array.from(page.matchAll(/^\| (\d+) \| /gm), ([, code]) => Number(code));
    expect(listed).toEqual(Object.values(ExitCode));
    const codes: readonly TermCode[] = ["term/not-reached", "term/interrupted"];
    expect(codes.map((code) => tell(new TermError(code)).exit)).toEqual([75, 130]);
  });
});
