import { describe, expect, it } from "vitest";
import * as fc from "fast-check";
import { decodeCode, encodeCode, meaningOf } from "./code.ts";
import { ACTIONS, FINDINGS } from "./findings.ts";
import { judge } from "./judge.ts";
import type { LinkSeen, Outcome, RouteSeen, Seen } from "./seen.ts";

const whole: LinkSeen = { opened: "ok", askedBytes: 65_536, cameBytes: 65_600, tookMs: 200, ended: "whole" };
const failed = (opened: Outcome): LinkSeen => ({
  opened,
  askedBytes: 65_536,
  cameBytes: 0,
  tookMs: 0,
  ended: "broken",
});
const frozen: LinkSeen = { ...whole, cameBytes: 9_000, ended: "silent" };
const web = (more: Partial<RouteSeen> = {}): RouteSeen => ({
  kind: "web",
  lookup: "ok",
  connect: "ok",
  link: whole,
  ...more,
});
const look = (more: Partial<Seen> = {}): Seen => ({
  platform: "node",
  isOnline: true,
  isWide: true,
  routes: [web()],
  near: "ok",
  nearIsCountry: true,
  far: "ok",
  ...more,
});
const names = (seen: Seen): string[] => judge(seen).findings.map(({ name, isSure }) => (isSure ? name : `${name}?`));

const outcome = fc.constantFrom<Outcome>("ok", "timeout", "reset", "refused", "unreachable", "closed");
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const link: fc.Arbitrary<LinkSeen> = fc.record({
  opened: outcome,
  askedBytes: fc.constant(65_536),
  cameBytes: fc.nat(70_000),
  tookMs: fc.nat(30_000),
  ended: fc.constantFrom<LinkSeen["ended"]>("whole", "silent", "broken", "slow"),
});
const route: fc.Arbitrary<RouteSeen> = fc.record({
  kind: fc.constantFrom("web", "burst", "ss", "relay", "something new"),
  lookup: some(fc.constantFrom<NonNullable<RouteSeen["lookup"]>>("ok", "timeout", "no-such-name", "forged")),
  connect: some(outcome),
  hello: some(outcome),
  again: some(outcome),
  link: some(link),
});
const shape = fc.record({ shown: outcome, after: some(outcome) });
const looks: fc.Arbitrary<Seen> = fc.record({
  platform: fc.constantFrom<Seen["platform"]>("node", "browser"),
  isOnline: fc.boolean(),
  isWide: fc.boolean(),
  routes: fc.array(route, { maxLength: 12 }),
  near: some(outcome),
  nearIsCountry: some(fc.boolean()),
  far: some(outcome),
  hellos: some(
    fc.record({
      own: some(outcome),
      browser: some(outcome),
      otherName: some(outcome),
      echName: some(outcome),
      ech: some(outcome),
    }),
  ),
  foreignWords: some(fc.record({ page: outcome, words: outcome })),
  mirror: some(
    fc.record({
      text: outcome,
      shapes: fc.record({
        noise: shape,
        "large-noise": shape,
        "inner-hello": shape,
        datagram: shape,
        openvpn: shape,
        wireguard: shape,
        quic: shape,
      }),
      visitors: some(fc.record({ replayed: fc.nat(9), heldBack: fc.nat(9), strangers: fc.nat(9) })),
    }),
  ),
});

describe("what a look means", () => {
  it("P-123 silence without a control is unclear, with one it is named", () => {
    const silent = [web({ connect: "timeout", link: undefined })];
    expect(names(look({ isWide: false, far: undefined, near: undefined, routes: silent }))).toEqual(["unclear?"]);
    expect(names(look({ routes: silent }))).toEqual(["address"]);
    expect(names(look({ routes: silent, far: "timeout" }))).toEqual(["closed-border"]);
    expect(names(look({ routes: silent, far: "timeout", nearIsCountry: false }))).toEqual(["no-internet?"]);
    expect(names(look({ routes: silent, far: "timeout", near: "timeout" }))).toEqual(["offline"]);
  });

  it("P-123 a name, a form and a frequency are told apart by what passes beside them", () => {
    const dead = [web({ link: failed("timeout"), hello: "timeout" })];
    const told = (own: Outcome, browser: Outcome, otherName: Outcome): string[] =>
      names(look({ routes: own === "ok" ? [web()] : dead, hellos: { own, browser, otherName } }));
    expect(told("timeout", "timeout", "ok")).toEqual(["name"]);
    expect(told("timeout", "ok", "ok")).toEqual(["own-hello"]);
    expect(told("ok", "timeout", "ok")).toEqual(["too-many-hellos"]);
    expect(told("ok", "timeout", "timeout")).toEqual(["own-hello?"]);
    expect(told("ok", "ok", "ok")).toEqual(["fine"]);
    expect(names(look({ routes: [web({ link: failed("reset"), hello: "refused" })] }))).toEqual(["name"]);
  });

  it("P-123 a frozen flow is a count only when a new one begins anew", () => {
    expect(names(look({ routes: [web({ link: frozen, again: "ok" })] }))).toEqual(["budget"]);
    expect(names(look({ routes: [web({ link: frozen })] }))).toEqual(["budget?"]);
    expect(names(look({ routes: [web({ link: frozen, again: "timeout" })] }))).not.toContain("budget");
    // A way of short flows has no flow that could freeze: a bad line did that.
    const burst = web({ kind: "burst", link: { ...frozen, askedBytes: 2_048, cameBytes: 52 }, again: "ok" });
    expect(names(look({ routes: [web(), burst] }))).toEqual(["partly?"]);
    const slow = web({ link: { ...whole, tookMs: 9_000 } });
    expect(names(look({ routes: [slow] }))).toEqual(["fine"]);
    expect(names(look({ routes: [slow, web({ kind: "ss" })] }))).toEqual(["throttled"]);
    expect(judge(look({ routes: [slow, web({ kind: "ss" })] })).ways).toEqual(["slow", "works"]);
  });

  it("P-123 nothing is said of forms while plain text does not pass", () => {
    const shapes = { noise: { shown: "timeout", after: "timeout" }, datagram: { shown: "timeout" } } as const;
    expect(names(look({ mirror: { text: "timeout", shapes } }))).toEqual(["fine"]);
    expect(names(look({ mirror: { text: "ok", shapes } }))).toEqual(["noise", "datagrams"]);
  });

  it("P-123 a way that does not open for no reason that shows is told, although others carry letters", () => {
    const seen = look({
      platform: "browser",
      routes: [{ kind: "web", link: failed("timeout") }, web({ kind: "burst" })],
    });
    expect(judge(seen)).toMatchObject({ findings: [{ name: "partly", isSure: false }], action: "goes-by-itself" });
  });

  it("P-124 nothing is to be done while letters leave, and a browser is not sent to the browser", () => {
    const blocked = web({ link: failed("timeout"), hello: "timeout" });
    const hellos = { own: "timeout", browser: "ok", otherName: "ok" } as const;
    expect(judge(look({ routes: [blocked], hellos })).action).toBe("use-the-browser");
    expect(judge(look({ routes: [blocked], hellos, platform: "browser" })).action).toBe("ask-for-a-way");
    expect(judge(look({ routes: [blocked, web({ kind: "burst" })], hellos })).action).toBe("goes-by-itself");
    expect(judge(look({ isOnline: false, routes: [] })).action).toBe("turn-network-on");
  });

  it("P-123 P-124 any look has a finding and an action, and calls nothing fine that does not open", () => {
    fc.assert(
      fc.property(looks, (seen) => {
        const { findings, ways, action } = judge(seen);
        expect(findings.length).toBeGreaterThan(0);
        expect(ways).toHaveLength(seen.routes.length);
        expect(Object.keys(ACTIONS)).toContain(action);
        if (findings[0]!.name === "fine") {
          expect(ways.some((way) => way === "works" || way === "slow")).toBe(true);
          expect(ways.some((way) => way === "blocked" || way === "freezes")).toBe(false);
        }
      }),
    );
  });
});

describe("diagnostic codes", () => {
  it("P-125 eight words say what was found, and come back whatever stands between them", () => {
    fc.assert(
      fc.property(looks, fc.constantFrom(" ", "\n", " - ", ", "), fc.boolean(), (seen, between, isLoud) => {
        const meaning = meaningOf(seen, judge(seen));
        const code = encodeCode(meaning);
        expect(code).toMatch(
          /^([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]( ([bdfghjklmnprstvz][aiou]){2}[bdfghjklmnprstvz]){7}$/,
        );
        const typed = ` ${code.replaceAll(" ", between)}\n`;
        expect(decodeCode(isLoud ? typed.toUpperCase() : typed)).toEqual({ ok: true, value: meaning });
      }),
    );
  });

  it("P-125 a changed letter, a word too few and other text are told, and nothing throws", () => {
    const code = encodeCode(meaningOf(look(), judge(look())));
    fc.assert(
      fc.property(fc.nat(code.length - 1), fc.constantFrom("a", "b", "d", "f", "i", "z", " "), (at, letter) => {
        fc.pre(code[at] !== letter);
        expect(decodeCode(code.slice(0, at) + letter + code.slice(at + 1)).ok).toBe(false);
      }),
    );
    expect(decodeCode(code.split(" ").slice(1).join(" "))).toEqual({ ok: false, code: "not-a-code" });
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 400 }), (text) => {
        expect(decodeCode(text).ok).toBe(false);
      }),
    );
    const swapped = code.split(" ").toReversed().join(" ");
    expect(decodeCode(swapped)).toMatchObject({ ok: false });
  });

  it("P-125 numbers of findings and actions are one each and fit their bits", () => {
    const numbers = Object.values(FINDINGS).map(({ number }) => number);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(Math.max(...numbers)).toBeLessThan(64);
    expect(Math.max(...Object.values(ACTIONS))).toBeLessThan(32);
  });
});
