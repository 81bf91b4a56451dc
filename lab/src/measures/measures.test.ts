import { describe, expect, it } from "vitest";
import { isLabError } from "../errors.ts";
import { isMeasure, parseMeasure } from "./arguments.ts";
import { firstPackets, type FirstPacketsRow } from "./first-packets.ts";
import { countVerdicts } from "./judge.ts";
import { compare, shapeOf, type Answer } from "./probers.ts";

describe("measures of our own routes", () => {
  it("are named and counted on the command line", () => {
    expect([isMeasure("judge"), isMeasure("run"), isMeasure("toString"), isMeasure(undefined)]).toEqual([
      true,
      false,
      false,
      false,
    ]);
    expect(parseMeasure("first-packets", ["--json", "--count", "7"])).toMatchObject({ json: true, count: 7 });
    expect(parseMeasure("judge", ["--count=9"])).toMatchObject({ json: false, count: 9 });
    for (const words of [["--count"], ["--count", "0"], ["--count", "1.5"], ["--seed", "1"], ["x"]]) {
      try {
        parseMeasure("judge", words);
        expect.unreachable();
      } catch (error) {
        expect(isLabError(error, "lab/bad-command")).toBe(true);
      }
    }
  });

  it("R1 blocks no first packet of ours, each of which was dialed", async () => {
    const rows: FirstPacketsRow[] = [];
    await firstPackets(75, (row) => rows.push(row));
    expect(rows.reduce((sum, { packets }) => sum + packets, 0)).toBe(75);
    expect(rows.map(({ route, blocked }) => [route, blocked])).toEqual(rows.map(({ route }) => [route, 0]));
    expect(rows.find(({ route }) => route === "web, TLS")?.verdicts).toEqual({ tls: 11 });
  });

  it("reads nDPI's flows by name and by what is held against them", () => {
    const said = `
\t1\tTCP 192.0.2.2:1 <-> 198.51.100.2:443 [proto: 91/TLS][Encrypted][Confidence: DPI][x][Risk: ** TLS (probably) Not Carrying HTTPS **][Risk Score: 10]
\t2\tTCP 192.0.2.2:2 <-> 198.51.100.2:443 [proto: 91.126/TLS.Google][Encrypted]
\t3\tUDP 192.0.2.2:3 <-> 203.0.113.130:53 [proto: 5/DNS][ClearText]
\tDetected protocols: [proto: 7/HTTP]
Undetected flows:
\t1\tTCP 192.0.2.2:4 <-> 198.51.100.2:8388 [proto: 0/Unknown][ClearText][Risk: ** A ** B **]`;
    expect(countVerdicts(said)).toEqual({
      flows: 4,
      names: { TLS: 1, "TLS.Google": 1, DNS: 1, Unknown: 1 },
      risks: { "TLS (probably) Not Carrying HTTPS": 1, A: 1, B: 1 },
    });
  });

  const answer = (text: string, ending: Answer["ending"] = "fin", atMs = 5): Answer => ({
    bytes: Uint8Array.from(text, (letter) => letter.charCodeAt(0)),
    ending,
    atMs,
  });

  it("compares answers without what is random or today's", () => {
    const page = (date: string, body = "hi"): Answer =>
      answer(`HTTP/1.1 200 OK\r\nDate: ${date}\r\nServer: x\r\n\r\n${body}`);
    expect(shapeOf(page("today"))).toBe(shapeOf(page("tomorrow")));
    expect(shapeOf(page("today"))).not.toBe(shapeOf(page("today", "ho")));
    expect(shapeOf(answer("\u0016\u0003\u0003\u0000\u0002ab\u0015\u0003\u0003\u0000\u0001x"))).toBe(
      "fin TLS 22:2 21:1",
    );
    expect(compare([page("a"), page("b")], [page("c")])).toMatchObject({ same: true, sameTime: true });
    expect(compare([page("a")], [answer("")])).toMatchObject({ same: false });
    expect(compare([answer("x", "fin")], [answer("x", "rst")])).toMatchObject({ same: false });
    expect(compare([answer("x", "fin", 100)], [answer("x", "fin", 112)])).toMatchObject({ sameTime: false });
    expect(compare([answer("x", "fin", 100)], [answer("x", "fin", 109)])).toMatchObject({ sameTime: true });
    expect(compare([answer("", "open")], [answer("", "open")])).toEqual({ same: true, medianMs: null, sameTime: true });
  });
});
