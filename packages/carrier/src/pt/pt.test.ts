import { createHmac } from "node:crypto";
import * as fc from "fast-check";
import { concatBytes, utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { ExtOrHandshake, cookieFileOf, type ExtOrStep } from "./ext-or-port.ts";
import { formatPtArgs, parsePtArgs, type PtArgs } from "./pt-args.ts";
import { readPtEnvironment } from "./pt-environment.ts";
import { PtLines, type PtStep } from "./pt-lines.ts";
import { formatPtRoute, ptRoute } from "./pt-route.ts";
import { PtSocksClient, PtSocksServer, type PtAskedStep } from "./pt-socks.ts";

const CERT = "HszPy3vWfjsESCEOo9ZBkRv6zQ/1mGHzc8arF0y2SpwFr3WhsMu8rK0zyaoyERfbz3ddFw";
const ARGS: PtArgs = [
  ["cert", CERT],
  ["iat-mode", "0"],
];
const anyArgs = fc.array(fc.tuple(fc.string({ minLength: 1, maxLength: 12 }), fc.string({ maxLength: 20 })), {
  maxLength: 4,
});

describe("routes through pluggable transports", () => {
  it("P-130 say transport, arguments, place and path, and are read as they were written", () => {
    const target = { host: "203.0.113.5", port: 9443 };
    const route = formatPtRoute({ transport: "obfs4", args: ARGS, target, path: "" }) ?? "";
    expect(route).toBe(`pt+obfs4://cert=${CERT.replace("/", "%2F")};iat-mode=0@203.0.113.5:9443/`);
    expect(ptRoute(route)).toEqual({ transport: "obfs4", args: ARGS, target, path: "" });
    expect(ptRoute("pt+snowflake://[2001:db8::1]:80/a/b")).toEqual({
      transport: "snowflake",
      args: [],
      target: { host: "2001:db8::1", port: 80 },
      path: "/a/b",
    });
    expect(ptRoute("pt+meek-lite://a.example:443")).toMatchObject({ transport: "meek_lite", path: "" });
    fc.assert(
      fc.property(anyArgs, (args) => {
        const written = formatPtRoute({ transport: "obfs4", args, target, path: "/x" });
        if (written !== undefined) expect(ptRoute(written)?.args).toEqual(args);
      }),
    );
  });

  it("P-130 what is another spelling, or none, is no route, and no text makes it throw", () => {
    for (const route of [
      "pt+obfs4://203.0.113.5",
      "pt+obfs4://203.0.113.5:0/",
      "pt+obfs4://127.1:80/",
      "pt+OBFS4://a.example:80/",
      "pt+ob fs://a.example:80/",
      "pt+4obfs://a.example:80/",
      "pt+obfs4://=x@a.example:80/",
      "pt+obfs4://k@a.example:80/",
      "pt+obfs4://k=%zz@a.example:80/",
      "pt+obfs4://k=v@a.example:80/p?q",
      "pt+obfs4://k=v@a.example:80/p#f",
      "obfs4://a.example:80/",
      `pt+obfs4://k=${"v".repeat(250)}@a.example:80/`,
    ]) {
      expect(ptRoute(route), route).toBeUndefined();
    }
    fc.assert(fc.property(fc.string(), (text) => ptRoute(text) === undefined && ptRoute(`pt+a://${text}`) !== null));
    expect(formatPtRoute({ transport: "Obfs", args: [], target: { host: "a", port: 1 }, path: "" })).toBeUndefined();
  });
});

describe("what a transport's program says", () => {
  const read = (side: "client" | "server", text: string): PtStep => new PtLines(side).push(text);
  const fault = (side: "client" | "server", text: string): string => {
    const step = read(side, text);
    return step.type === "refused" ? step.fault : step.type;
  };

  it("P-131 is read in whatever pieces it comes, and unknown words are passed over", () => {
    const said = `LOG SEVERITY=notice MESSAGE="x"\nVERSION 1\nSTATUS TYPE=version\nPROXY DONE\nCMETHOD obfs3 socks5 127.0.0.1:1\nCMETHOD-ERROR x no\nCMETHOD obfs4 socks5 [::1]:32525\nNEW thing\nCMETHODS DONE\n`;
    for (let size = 1; size < said.length; size += 7) {
      const lines = new PtLines("client");
      let step: PtStep = { type: "more" };
      for (let at = 0; at < said.length; at += size) step = lines.push(said.slice(at, at + size));
      expect(step).toMatchObject({
        type: "ready",
        methods: [{ transport: "obfs3" }, { address: { host: "::1", port: 32525 } }],
      });
    }
    const server = `VERSION 1\nSMETHOD obfs4 198.51.100.1:43734 ARGS:cert=${CERT},iat-mode=0\nSMETHODS DONE\n`;
    expect(read("server", server)).toEqual({
      type: "ready",
      methods: [{ transport: "obfs4", address: { host: "198.51.100.1", port: 43734 }, args: ARGS }],
    });
  });

  it("P-131 what is malformed ends the reading by name, however it is cut", () => {
    const begun = "VERSION 1\n";
    for (const [side, text, why] of [
      ["client", "VERSION-ERROR no-version\n", "no common version"],
      ["client", "VERSION 2\n", "no common version"],
      ["client", "ENV-ERROR no TOR_PT_STATE_LOCATION\n", "environment refused"],
      ["client", `${begun}PROXY-ERROR no\n`, "proxy refused"],
      ["client", "CMETHOD a socks5 127.0.0.1:1\n", "out of order"],
      ["client", "CMETHODS DONE\n", "out of order"],
      ["client", `${begun}CMETHODS\n`, "malformed line"],
      ["client", `${begun}CMETHOD a socks4 127.0.0.1:1\n`, "malformed line"],
      ["client", `${begun}CMETHOD a socks5 127.0.0.1\n`, "malformed line"],
      ["client", `${begun}CMETHOD a socks5 127.0.0.1:70000\n`, "malformed line"],
      ["client", `${begun}CMETHOD 4a socks5 127.0.0.1:1\n`, "malformed line"],
      ["client", `${begun}CMETHOD a socks5 192.0.2.1:1\n`, "not on this machine"],
      ["client", `${begun}CMETHOD a socks5 localhost.example:1\n`, "not on this machine"],
      ["server", `${begun}SMETHOD a 192.0.2.1:1 ARGS:x\n`, "malformed line"],
      ["server", `${begun}SMETHOD a 192.0.2.1:1 ARGS:x=\\\n`, "malformed line"],
      ["client", "x".repeat(5_000), "line too long"],
      ["client", `${begun}${"LOG x\n".repeat(300)}`, "too many lines"],
      ["client", `${begun}SMETHODS DONE\n`, "more"],
    ] as const) {
      expect(fault(side, text), text.slice(0, 60)).toBe(why);
    }
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.constantFrom("VERSION 1\n", "CMETHOD ", "a socks5 ", "127.0.0.1:9", "\n", "CMETHODS DONE"),
            fc.string(),
          ),
          { maxLength: 30 },
        ),
        (pieces) => {
          const lines = new PtLines("client");
          for (const piece of pieces) {
            const step = lines.push(piece);
            if (step.type === "ready")
              expect(step.methods.every(({ address }) => address.host === "127.0.0.1")).toBe(true);
          }
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe("arguments of a transport", () => {
  it("P-132 are escaped and read again, with each separator", () => {
    expect(parsePtArgs("rocks=20;height=5.6\\;m", ";")).toEqual([
      ["rocks", "20"],
      ["height", "5.6;m"],
    ]);
    expect(parsePtArgs(`cert=${CERT},iat-mode=0`, ",")).toEqual(ARGS);
    for (const wrong of ["a", "=b", "a=b;;c=d", "a=b\\", ";", `a=${"b".repeat(600)}`])
      expect(parsePtArgs(wrong, ";"), wrong.slice(0, 20)).toBeUndefined();
    fc.assert(
      fc.property(anyArgs, (args) => {
        expect(parsePtArgs(formatPtArgs(args, ";"), ";")).toEqual(args);
      }),
    );
    fc.assert(fc.property(fc.string(), (text) => parsePtArgs(text, ",") !== null));
  });

  /** Client and server talk until one has its answer. */
  function talk(args: PtArgs, host = "203.0.113.5"): PtAskedStep {
    const client = new PtSocksClient({ host, port: 443 }, args);
    const server = new PtSocksServer();
    let sent = client.greeting;
    for (let turn = 0; turn < 4 && sent !== undefined; turn++) {
      const step = server.push(sent);
      if (step.type !== "more" || step.reply === undefined) return step;
      const answer = client.push(step.reply);
      sent = answer.type === "more" ? answer.send : undefined;
    }
    return { type: "more" };
  }

  it("P-132 travel as user name and password, split after 255 bytes, and there are none without", () => {
    const target = { host: "203.0.113.5", port: 443 };
    expect(talk(ARGS)).toMatchObject({ type: "connect", target, args: ARGS });
    expect(talk([])).toMatchObject({ type: "connect", target, args: [] });
    const long: PtArgs = [["k", "v".repeat(400)]];
    expect(talk(long)).toMatchObject({ type: "connect", args: long });
    expect(talk(ARGS, "2001:db8::1")).toMatchObject({ target: { host: "2001:db8::1" } });
    expect(new PtSocksClient(target, [["k", "v".repeat(600)]]).greeting).toBeUndefined();
    const whole = new PtSocksServer().push(
      Uint8Array.of(5, 1, 2, 1, 3, ...utf8("a=b"), 1, 0, 5, 1, 0, 1, 1, 2, 3, 4, 0, 80, 9),
    );
    expect(whole).toMatchObject({
      type: "connect",
      args: [["a", "b"]],
      rest: Uint8Array.of(9),
      reply: Uint8Array.of(5, 2, 1, 0),
    });
  });

  it("P-132 what is malformed is refused by each side, and no bytes make either throw", () => {
    const greeted = (bytes: readonly number[]): PtAskedStep => {
      const server = new PtSocksServer();
      server.push(Uint8Array.of(5, 1, 2));
      return server.push(Uint8Array.from(bytes));
    };
    expect(greeted([1, 1, 0x61, 1, 0x62])).toMatchObject({ type: "refused", reply: Uint8Array.of(1, 1) });
    expect(greeted([2, 1])).toEqual({ type: "refused" });
    expect(new PtSocksServer().push(Uint8Array.of(5, 1, 1))).toMatchObject({ reply: Uint8Array.of(5, 255) });
    expect(new PtSocksServer().push(Uint8Array.of(4, 1))).toEqual({ type: "refused" });
    expect(new PtSocksServer().push(Uint8Array.of(5, 1, 0, 5, 2))).toMatchObject({ type: "refused" });
    const asking = (answers: readonly (readonly number[])[]): string => {
      const client = new PtSocksClient({ host: "a.example", port: 1 }, []);
      return answers.map((answer) => client.push(Uint8Array.from(answer)).type).at(-1) ?? "";
    };
    expect(
      asking([
        [5, 0],
        [5, 0, 0, 1, 0, 0, 0, 0, 0, 0],
      ]),
    ).toBe("open");
    expect(asking([[5, 2]])).toBe("refused");
    expect(
      asking([
        [5, 0],
        [5, 1],
      ]),
    ).toBe("refused");
    expect(
      asking([
        [5, 0],
        [5, 0, 0, 9],
      ]),
    ).toBe("refused");
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 30 }), { maxLength: 10 }), fc.boolean(), (pieces, polite) => {
        const [server, client] = [new PtSocksServer(), new PtSocksClient({ host: "a", port: 1 }, ARGS)];
        if (polite) {
          server.push(Uint8Array.of(5, 1, 0));
          client.push(Uint8Array.of(5, 2));
        }
        for (const piece of pieces) {
          server.push(piece);
          client.push(piece);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe("the door of a transport's server", () => {
  const cookie = new Uint8Array(32).fill(7);
  const [ours, theirs] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
  const hmac = (key: Uint8Array, bytes: Uint8Array): Uint8Array =>
    new Uint8Array(createHmac("sha256", key).update(bytes).digest());
  const proof = (direction: string, key = cookie): Uint8Array =>
    hmac(key, concatBytes(utf8(`ExtORPort authentication ${direction} hash`), theirs, ours));
  const command = (code: number, text: string): Uint8Array =>
    concatBytes(Uint8Array.of(code >> 8, code & 255, 0, text.length), utf8(text));

  function knock(...pieces: readonly Uint8Array[]): ExtOrStep[] {
    const door = new ExtOrHandshake({ cookie, nonce: ours, hmac });
    return pieces.map((piece) => door.push(piece));
  }

  it("P-135 opens to whoever knows the cookie, and hears where a connection came from", () => {
    const words = [command(1, "198.51.100.7:4000"), command(2, "obfs4"), command(0, ""), utf8("GET")];
    const steps = knock(Uint8Array.of(1), theirs, proof("client-to-server"), concatBytes(...words));
    expect(steps[1]).toEqual({ type: "more", send: concatBytes(proof("server-to-client"), ours) });
    expect(steps[2]).toEqual({ type: "more", send: Uint8Array.of(1) });
    expect(steps[3]).toEqual({
      type: "open",
      send: Uint8Array.of(0x10, 0, 0, 0),
      address: "198.51.100.7",
      rest: utf8("GET"),
    });
    const whole = concatBytes(Uint8Array.of(1), theirs, proof("client-to-server"), ...words);
    const door = new ExtOrHandshake({ cookie, nonce: ours, hmac });
    const bytewise = Array.from(whole, (byte) => door.push(Uint8Array.of(byte)));
    expect(bytewise.filter(({ type }) => type === "open")).toHaveLength(1);
    expect(new TextDecoder().decode(cookieFileOf(cookie).subarray(0, 32))).toBe("! Extended ORPort Auth Cookie !\n");
  });

  it("P-135 turns away who does not, and no bytes make it throw", () => {
    const wrong = proof("client-to-server", new Uint8Array(32));
    expect(knock(Uint8Array.of(1), theirs, wrong).at(-1)).toEqual({ type: "refused" });
    expect(knock(Uint8Array.of(1), theirs, proof("server-to-client")).at(-1)).toEqual({ type: "refused" });
    expect(knock(Uint8Array.of(2))).toEqual([{ type: "refused" }]);
    const long = Uint8Array.of(0, 1, 0xff, 0xff);
    expect(knock(Uint8Array.of(1), theirs, proof("client-to-server"), long).at(-1)).toEqual({ type: "refused" });
    const endless = Array.from({ length: 100 }, () => command(2, "x"));
    const said = knock(Uint8Array.of(1), theirs, proof("client-to-server"), concatBytes(...endless));
    expect(said.at(-1)).toEqual({ type: "refused" });
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 80 })), (pieces) =>
        knock(...pieces).every(({ type }) => type !== "open"),
      ),
    );
  });
});

describe("what a transport of ours is told", () => {
  const common = { TOR_PT_MANAGED_TRANSPORT_VER: "1,1a,other", TOR_PT_STATE_LOCATION: "/var/lib/x" };

  it("P-134 is read as client or server, with the version first", () => {
    const client = readPtEnvironment({
      ...common,
      TOR_PT_CLIENT_TRANSPORTS: "chapar_web,obfs4",
      TOR_PT_EXIT_ON_STDIN_CLOSE: "1",
    });
    expect(client).toEqual({
      lines: ["VERSION 1"],
      asked: { side: "client", transports: ["chapar_web", "obfs4"], stateDir: "/var/lib/x", endsWithInput: true },
    });
    const server = readPtEnvironment({
      ...common,
      TOR_PT_SERVER_TRANSPORTS: "chapar_web,chapar_burst",
      TOR_PT_SERVER_BINDADDR: "chapar_web-[::1]:1984",
      TOR_PT_ORPORT: "127.0.0.1:9001",
    });
    expect(server.asked).toMatchObject({
      side: "server",
      listens: [{ transport: "chapar_web", at: { host: "::1", port: 1984 } }],
      others: ["chapar_burst"],
      to: { host: "127.0.0.1", port: 9001 },
    });
  });

  it("P-134 what is wrong in it is said in the words of the specification, and nothing makes it throw", () => {
    const first = (env: Record<string, string | undefined>): string => readPtEnvironment(env).lines.at(-1) ?? "";
    const server = { ...common, TOR_PT_SERVER_TRANSPORTS: "chapar_web" };
    for (const [env, said] of [
      [{}, /^ENV-ERROR /],
      [{ TOR_PT_MANAGED_TRANSPORT_VER: "2,3" }, /^VERSION-ERROR no-version$/],
      [{ TOR_PT_MANAGED_TRANSPORT_VER: "1" }, /^ENV-ERROR TOR_PT_STATE_LOCATION/],
      [{ ...common, TOR_PT_STATE_LOCATION: "here" }, /^ENV-ERROR TOR_PT_STATE_LOCATION/],
      [common, /^ENV-ERROR one of/],
      [{ ...server, TOR_PT_CLIENT_TRANSPORTS: "x" }, /^ENV-ERROR one of/],
      [server, /^ENV-ERROR TOR_PT_ORPORT/],
      [{ ...server, TOR_PT_ORPORT: "1:1", TOR_PT_SERVER_BINDADDR: "x" }, /^ENV-ERROR TOR_PT_SERVER_BINDADDR/],
      [{ ...common, TOR_PT_CLIENT_TRANSPORTS: "x", TOR_PT_PROXY: "socks5://127.0.0.1:1" }, /^PROXY-ERROR /],
    ] as const) {
      expect(first(env)).toMatch(said);
      expect(readPtEnvironment(env).asked).toBeUndefined();
    }
    const names = ["MANAGED_TRANSPORT_VER", "STATE_LOCATION", "SERVER_TRANSPORTS", "SERVER_BINDADDR", "ORPORT"];
    fc.assert(
      fc.property(fc.array(fc.string(), { maxLength: 5 }), (values) => {
        const env = Object.fromEntries(values.map((value, i) => [`TOR_PT_${names[i] ?? ""}`, value]));
        expect(readPtEnvironment(env).lines.every((line) => /^[A-Z-]+ [^\n]*$/.test(line))).toBe(true);
      }),
    );
  });
});
