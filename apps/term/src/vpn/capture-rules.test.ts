import { describe, expect, it } from "vitest";
import { captureRules, HELPER_ID, OWN_GROUP, routeWords } from "./capture-rules.ts";
import { hostsOf, RememberedLookup, serversOf } from "../tunnel/remembered-lookup.ts";

const PORTS = { connections: 7001, datagrams: 7002 };

/** The lines of one chain. */
function chainOf(rules: string, name: string): readonly string[] {
  const [, behind = ""] = rules.split(`  chain ${name} {\n`);
  const [body = ""] = behind.split("\n  }");
  return body.split("\n").map((line) => line.trim());
}

describe("the rules of a captured machine", () => {
  it("P-87 replace what stands there in one go, and let nothing leave that they do not name", () => {
    const rules = captureRules(PORTS, true);
    expect(rules.split("\n").slice(0, 2)).toEqual(["table inet chapar_vpn", "delete table inet chapar_vpn"]);
    const guard = chainOf(rules, "guard");
    expect(guard[0]).toBe("type filter hook postrouting priority 300; policy drop;");
    expect(guard.at(-1)).toBe("counter name held");
    const letOut = guard.filter((line) => line.endsWith("accept"));
    expect(letOut.slice(0, 2)).toEqual(['oifname "lo" accept', `meta skgid ${OWN_GROUP} accept`]);
    // No address outside is named anywhere: routes may change.
    expect(
      rules.match(/\b(?!10\.|100\.64|127\.|169\.254|172\.16|192\.168|224\.0\.0|239\.255|255\.255)\d+(?:\.\d+){3}\b/),
    ).toBe(null);
    expect(HELPER_ID).not.toBe(OWN_GROUP);
  });

  it("P-88 names asked nearby are held before what is nearby is let through", () => {
    const rules = captureRules(PORTS, true);
    for (const name of ["guard", "refuse", "through"]) {
      const lines = chainOf(rules, name);
      const held = lines.findIndex((line) => line.includes("th dport { 53, 853 }"));
      expect(held, name).toBeGreaterThan(0);
      expect(held, name).toBeLessThan(lines.indexOf("ip daddr @near4 accept"));
    }
    const leave = chainOf(rules, "leave");
    const names = leave.findIndex((line) => line.includes("th dport 53 meta mark set"));
    expect(names).toBeGreaterThan(0);
    expect(names).toBeLessThan(leave.indexOf("ip daddr @near4 accept"));
  });

  it("P-86 without IPv6 on loopback nothing of it is marked or handed over, so that it is refused", () => {
    const rules = captureRules(PORTS, false);
    expect(rules).not.toContain("tproxy ip6");
    expect(chainOf(rules, "leave").filter((line) => line.includes("meta mark set"))).toEqual([
      "meta nfproto ipv4 meta l4proto { tcp, udp } th dport 53 meta mark set 0x43485650 accept",
      "meta nfproto ipv4 meta l4proto { tcp, udp } meta mark set 0x43485650",
    ]);
    expect(captureRules(PORTS, true)).toContain("tproxy ip6 to [::1]:7002");
  });

  it("P-87 what is made in the routing tables can be undone word by word", () => {
    for (const family of ["-4", "-6"] as const) {
      const { make, undo } = routeWords(family);
      expect([make[1]?.slice(3), make[0]?.at(-1)]).toEqual([undo[0]?.slice(3), undo[1]?.at(-1)]);
    }
  });
});

describe("names of a tunnel's routes", () => {
  it("P-87 are those that its URIs name, without addresses", () => {
    expect(hostsOf("https://station.example:8443/x?y=z.example")).toEqual(["station.example"]);
    expect(hostsOf("burst+https://a.example,b.example:444/path")).toEqual(["a.example", "b.example"]);
    expect(hostsOf("ss://YWVzOng@c.example:8388/?station=https://d.example")).toEqual(["c.example"]);
    expect(hostsOf("relay+wss://r.example/?station=KEY")).toEqual(["r.example"]);
    expect(hostsOf("wss://192.0.2.1:443/")).toEqual([]);
    expect(hostsOf("wss://[2001:db8::1]/")).toEqual([]);
  });

  it("P-87 may be asked past a resolver on this machine, which a closed machine does not let out", () => {
    const text =
      "# made by a program\nnameserver 127.0.0.53\nnameserver 192.0.2.53\nnameserver\t2001:db8::53\nsearch x\nnameserver no\n";
    expect(serversOf(text)).toEqual(["192.0.2.53", "2001:db8::53"]);
    expect(serversOf("")).toEqual([]);
  });

  it("P-87 are asked once", async () => {
    const names = new RememberedLookup();
    await names.prepare(["wss://localhost/"]);
    const answers: unknown[] = [];
    // What was looked up is there at once: nobody is asked.
    names.lookup("localhost", { all: true }, (error, addresses) => answers.push(error, addresses));
    expect(answers).toHaveLength(2);
    expect(answers[0]).toBe(null);
  });
});
