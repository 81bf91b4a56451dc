/*
 * `chapar tunnel --vpn` in the client's place, and real programs that know nothing of it: what they read, whom they ask for
 * names, and what passes the border when the tunnel is there, killed, and taken away. The border counts, outside the machine
 * that is captured.
 */
import type { ChildProcess } from "node:child_process";
import { readlinkSync } from "node:fs";
import { afterAll, beforeAll, expect } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { LabError } from "../src/errors.ts";
import type { Speaker } from "../src/net/processes.ts";
import { programPath, runTool } from "../src/net/tools.ts";
import { control, type ControlBench, describeNetns } from "../src/testing/netns.ts";
import { NOTHING, seenAtBorder, watchBorder } from "./border-watch.ts";
import { BLOCKED, CHAPAR, chapar, dumpedBy, READY_LIMIT_MS, STAGE_LIMIT_MS, withExit } from "./tunnel-stage.ts";

const TOOLS = ["curl", "dig", "haproxy", "ss-redir"] as const;
const ECHO_PORT = 8443;
async function captured(
  bench: ControlBench,
  via: readonly string[],
  act: (vpn: Speaker) => Promise<void>,
): Promise<void> {
  const vpn = chapar(bench, "client", ["tunnel", "--vpn", ...via.flatMap((each) => ["--via", each])]);
  try {
    await vpn.heard("ready", READY_LIMIT_MS).catch((error: unknown) => {
      // What went wrong is said on standard output, as a line.
      throw new LabError("lab/not-ready", JSON.stringify(vpn.said), { cause: error });
    });
    await act(vpn);
  } finally {
    await vpn.stop();
  }
}

const dig = async (bench: ControlBench, ...words: string[]): Promise<string> =>
  (await bench.exec("dig", ["+short", "+time=6", "+tries=1", ...words], 12_000)).out.trim();

/** What a program prints that sends a line somewhere and waits some seconds for another. */
const asked = async (bench: ControlBench, where: string): Promise<string> =>
  (await bench.exec("sh", ["-c", `echo salaam | ${programPath("socat") ?? ""} -t3 -T6 - ${where}`], 15_000)).out.trim();

function isProgram(pid: string, name: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/exe`).endsWith(`/${name}`);
  } catch {
    // It ended between the list and the look.
    return false;
  }
}

function serve(bench: ControlBench, place: "site" | "client" | "border", address: string): void {
  bench.network.start(place, "socat", [`${address},fork,reuseaddr`, "PIPE"], { stdio: "ignore" });
}

/** Everything that a machine might let out: names, connections, datagrams, pings, both families. */
async function tryEverything(bench: ControlBench): Promise<void> {
  const { site, dns } = PLACES;
  expect(await bench.curl(`https://${site.address}/`, 2, "-k")).toBe(false);
  expect(await bench.curl("https://ordinary.example/", 2)).toBe(false);
  expect(await bench.curl(`http://[${site.ipv6}]:${ECHO_PORT}/`, 2)).toBe(false);
  expect(await dig(bench, `@${dns.address}`, "ordinary.example")).not.toContain(site.address);
  expect(await asked(bench, `UDP4:${site.address}:${ECHO_PORT}`)).not.toBe("salaam");
  expect(await asked(bench, `UDP6:[${site.ipv6}]:${ECHO_PORT}`)).not.toBe("salaam");
  for (const address of [site.address, site.ipv6])
    expect((await bench.exec("ping", ["-c1", "-W1", address], 4_000)).code).not.toBe(0);
}

describeNetns("a machine that is captured", (bench) => {
  let stage: { readonly invite: string; readonly station: Speaker } | undefined;
  const invite = (): string => {
    if (stage === undefined) throw new LabError("lab/not-ready", "the station with an exit");
    return stage.invite;
  };
  beforeAll(async () => {
    bench().network.openIpv6();
    // As strict as machines are set up.
    bench().network.run("client", "sysctl", ["-q", "-w", "net.ipv4.conf.all.rp_filter=1"]);
    stage = await withExit(bench());
    watchBorder(bench());
    serve(bench(), "site", `UDP4-RECVFROM:${ECHO_PORT}`);
    serve(bench(), "site", `UDP6-RECVFROM:${ECHO_PORT},ipv6only=1`);
    serve(bench(), "site", `TCP4-LISTEN:${ECHO_PORT}`);
    serve(bench(), "site", `TCP6-LISTEN:${ECHO_PORT},ipv6only=1`);
  }, STAGE_LIMIT_MS);
  afterAll(async () => {
    await stage?.station.stop();
  }, STAGE_LIMIT_MS);

  control(
    "P-86 R6 closes a name, and curl and Chromium read it with nothing set in them",
    [...TOOLS, "chromium"],
    async () => {
      await bench().under([{ id: "R6", params: { country: "turkmenistan" } }], async () => {
        expect(await bench().curl(BLOCKED)).toBe(false);
        await captured(bench(), [invite()], async () => {
          expect(await bench().curl(`${BLOCKED}1m.bin`, 20)).toBe(true);
          expect(await dumpedBy(bench(), "captured", [])).toContain("ordinary. ordinary.");
        });
        expect(await bench().curl(BLOCKED)).toBe(false);
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-86 whoever is not root is told so, and nothing is changed",
    ["setpriv"],
    async () => {
      const nobody = ["--reuid=65534", "--regid=65534", "--clear-groups", "--"];
      const words = [CHAPAR, "tunnel", "--vpn", "--json", "--via", invite()];
      const told = await bench().exec("setpriv", [...nobody, process.execPath, ...words], READY_LIMIT_MS);
      expect(told).toMatchObject({ code: 69, out: expect.stringContaining('"code":"term/vpn-needs"') as string });
      expect(await bench().curl("https://ordinary.example/")).toBe(true);
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-85 names are answered from the exit whoever is asked, by UDP and TCP, and nobody is asked outside",
    TOOLS,
    async () => {
      await captured(bench(), [invite()], async () => {
        seenAtBorder(bench());
        for (const whom of [PLACES.dns.address, "9.9.9.9", "10.1.2.3", "192.168.1.1"]) {
          expect(await dig(bench(), `@${whom}`, "blocked.example"), whom).toBe(PLACES.foreign.address);
          expect(await dig(bench(), "+tcp", `@${whom}`, "ordinary.example"), whom).toBe(PLACES.site.address);
        }
        expect(await dig(bench(), "@2001:db8::53", "blocked.example")).toBe(PLACES.foreign.address);
        expect(await dig(bench(), "blocked.example", "AAAA")).toBe("");
        expect(await dig(bench(), "blocked.example", "MX")).toBe("");
        expect(await bench().curl("https://ordinary.example/64k.bin", 15)).toBe(true);
        expect(seenAtBorder(bench())).toMatchObject({ names: 0, datagrams: 0, elsewhere: 0, six: 0 });
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-86 datagrams and IPv6 are carried, ping is refused, and the border sees none of them",
    [...TOOLS, "ping"],
    async () => {
      await captured(bench(), [invite()], async () => {
        seenAtBorder(bench());
        const { site } = PLACES;
        expect(await asked(bench(), `UDP4:${site.address}:${ECHO_PORT}`)).toBe("salaam");
        expect(await asked(bench(), `UDP6:[${site.ipv6}]:${ECHO_PORT}`)).toBe("salaam");
        // Longer than any wire's packet: there is no device whose measure it would have to fit.
        const socat = `${programPath("socat") ?? ""} -b 8192 -t3 -T6 - UDP4:${site.address}:${ECHO_PORT}`;
        const long = await bench().exec("sh", ["-c", `head -c 5000 /dev/zero | ${socat} | wc -c`], 15_000);
        expect(long.out.trim()).toBe("5000");
        expect(await asked(bench(), `TCP6:[${site.ipv6}]:${ECHO_PORT}`)).toBe("salaam");
        expect((await bench().exec("ping", ["-c1", "-W1", site.address], 4_000)).code).not.toBe(0);
        expect(seenAtBorder(bench())).toMatchObject({ datagrams: 0, elsewhere: 0, six: 0, sixOther: 0 });
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-87 killed, it leaves a machine that sends nothing; the next start goes on, and --off opens it",
    [...TOOLS, "ping"],
    async () => {
      const first = chapar(bench(), "client", ["tunnel", "--vpn", "--via", invite()]);
      await first.heard("ready", READY_LIMIT_MS);
      expect(await bench().curl(BLOCKED, 15)).toBe(true);
      const gone = new Promise((resolve) => first.child.once("close", resolve));
      first.child.kill("SIGKILL");
      await gone;
      seenAtBorder(bench());
      await tryEverything(bench());
      expect(seenAtBorder(bench())).toEqual(NOTHING);
      await captured(bench(), [invite()], async () => expect(await bench().curl(BLOCKED, 15)).toBe(true));
      expect(await bench().curl("https://ordinary.example/")).toBe(true);

      const second = chapar(bench(), "client", ["tunnel", "--vpn", "--via", invite()]);
      await second.heard("ready", READY_LIMIT_MS);
      second.child.kill("SIGKILL");
      await new Promise((resolve) => second.child.once("close", resolve));
      expect(await bench().curl("https://ordinary.example/", 2)).toBe(false);
      const off = chapar(bench(), "client", ["tunnel", "--vpn", "--off"]);
      expect(await off.heard("open", READY_LIMIT_MS)).toMatchObject({ was: true });
      expect(await bench().curl("https://ordinary.example/")).toBe(true);
      const again = chapar(bench(), "client", ["tunnel", "--vpn", "--off"]);
      expect(await again.heard("open", READY_LIMIT_MS)).toMatchObject({ was: false });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-87 a helper that is killed leaves it closed",
    TOOLS,
    async () => {
      const vpn = chapar(bench(), "client", ["tunnel", "--vpn", "--via", invite()]);
      await vpn.heard("ready", READY_LIMIT_MS);
      const pids = bench().network.run("client", "ip", ["netns", "pids", bench().network.name("client")]);
      const haproxy = pids.split("\n").find((pid) => pid !== "" && isProgram(pid, "haproxy"));
      expect(haproxy).toBeDefined();
      process.kill(Number(haproxy), "SIGKILL");
      expect(await vpn.heard("error", READY_LIMIT_MS)).toMatchObject({ code: "term/vpn-broken" });
      seenAtBorder(bench());
      await tryEverything(bench());
      expect(seenAtBorder(bench())).toEqual(NOTHING);
      await chapar(bench(), "client", ["tunnel", "--vpn", "--off"]).heard("open", READY_LIMIT_MS);
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-87 while no way leads to the station nothing goes around, and all goes on when there is one",
    [...TOOLS, "ping"],
    async () => {
      const { network } = bench();
      await captured(bench(), [invite()], async () => {
        const rule = `ip saddr ${PLACES.client.address} ip daddr 198.51.100.0/24 drop`;
        const chain = `chain through {\ntype filter hook forward priority 0; policy accept;\n${rule}\n}`;
        network.run("border", "nft", ["-f", "-"], `table inet closed {\n${chain}\n}\n`);
        seenAtBorder(bench());
        await tryEverything(bench());
        // What it begins is the tunnel's own, which knocks at its station again.
        expect({ ...seenAtBorder(bench()), begun: 0 }).toEqual(NOTHING);
        network.run("border", "nft", ["delete", "table", "inet", "closed"]);
        expect(await bench().curl(BLOCKED, 90, "--retry", "30", "--retry-all-errors")).toBe(true);
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-88 the local network and whoever connects to this machine are as before, but for names",
    TOOLS,
    async () => {
      const { network } = bench();
      network.ip("border", "address", "add", "10.9.0.1/24", "dev", "in-client");
      network.ip("client", "address", "add", "10.9.0.2/24", "dev", "eth0");
      serve(bench(), "border", "TCP4-LISTEN:8090,bind=10.9.0.1");
      serve(bench(), "client", "TCP4-LISTEN:2222");
      await captured(bench(), [invite()], async () => {
        expect(await asked(bench(), "TCP4:10.9.0.1:8090")).toBe("salaam");
        const from = `echo salaam | ${programPath("socat") ?? ""} -t2 - TCP4:${PLACES.client.address}:2222`;
        expect(network.run("border", "sh", ["-c", from]).trim()).toBe("salaam");
        seenAtBorder(bench());
        expect(await dig(bench(), "@10.9.0.1", "blocked.example")).toBe(PLACES.foreign.address);
        expect(seenAtBorder(bench())).toMatchObject({ names: 0 });
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-87 a routing rule that another program takes away holds everything until it is back, which is soon",
    TOOLS,
    async () => {
      await captured(bench(), [invite()], async () => {
        seenAtBorder(bench());
        for (let i = 0; i < 5; i++) {
          bench().network.ip("client", "rule", "del", "pref", "4348");
          expect(await bench().curl(`${BLOCKED}64k.bin`, 15, "--retry", "5", "--retry-all-errors")).toBe(true);
        }
        expect(seenAtBorder(bench())).toMatchObject({ names: 0, datagrams: 0, elsewhere: 0 });
      });
      expect(bench().network.ip("client", "rule")).not.toContain("4348:");
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-89 more connections at once than a session has streams are all carried",
    TOOLS,
    async () => {
      await captured(bench(), [invite()], async () => {
        const script = `
          const { connect } = require("node:net");
          let heard = 0;
          for (let i = 0; i < 150; i++) {
            const socket = connect(${ECHO_PORT}, "${PLACES.site.address}", () => socket.write("x"));
            socket.on("error", () => undefined).once("data", () => {
              if (++heard === 150) { console.log("all"); process.exit(); }
            });
          }`;
        const asked = await bench().exec(process.execPath, ["-e", script], 40_000);
        expect(asked.out.trim()).toBe("all");
      });
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-87 what was open before is not carried on outside",
    TOOLS,
    async () => {
      const { network } = bench();
      network.start("site", "socat", ["TCP4-LISTEN:8099,fork,reuseaddr", "PIPE"], { stdio: "ignore" });
      const opened = [
        `TCP4:${PLACES.site.address}:8099,retry=20,interval=0.2`,
        `UDP4:${PLACES.site.address}:${ECHO_PORT}`,
      ].map((where) => network.start("client", "socat", ["-", where], { stdio: ["pipe", "pipe", "ignore"] }));
      const heard = (child: ChildProcess): Promise<string> =>
        new Promise((resolve) => child.stdout?.once("data", (bytes: Buffer) => resolve(bytes.toString())));
      for (const child of opened) {
        const answer = heard(child);
        child.stdin?.write("before\n");
        expect(await answer).toBe("before\n");
      }
      await captured(bench(), [invite()], async () => {
        seenAtBorder(bench());
        for (const child of opened) {
          // What is there of the connection is told that it is over, or its datagrams go through the tunnel.
          const over = new Promise((resolve) => child.once("close", resolve).stdout?.once("data", resolve));
          child.stdin?.write("after\n");
          await over;
        }
        expect(seenAtBorder(bench())).toMatchObject({ elsewhere: 0, datagrams: 0, names: 0 });
      });
      for (const child of opened) child.kill("SIGKILL");
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-86 guests behind the machine's bridges do not go around it",
    TOOLS,
    async () => {
      const { network } = bench();
      const guest = network.name("client").replace(/client$/, "guest");
      runTool("ip", ["netns", "add", guest]);
      try {
        network.ip("client", "link", "add", "veth-g", "type", "veth", "peer", "name", "eth0", "netns", guest);
        network.ip("client", "address", "add", "10.77.0.1/24", "dev", "veth-g");
        network.ip("client", "link", "set", "veth-g", "up");
        runTool("ip", ["-n", guest, "address", "add", "10.77.0.2/24", "dev", "eth0"]);
        runTool("ip", ["-n", guest, "link", "set", "eth0", "up"]);
        runTool("ip", ["-n", guest, "route", "add", "default", "via", "10.77.0.1"]);
        network.run("client", "sysctl", ["-q", "-w", "net.ipv4.ip_forward=1"]);
        // The border knows no way back to a guest: what counts is what comes there.
        const asking = `curl -sm2 http://${PLACES.site.address}/ || true`;
        const reach = (): string => runTool("ip", ["netns", "exec", guest, "sh", "-c", asking]);
        seenAtBorder(bench());
        reach();
        expect(seenAtBorder(bench()).elsewhere).toBeGreaterThan(0);
        await captured(bench(), [invite()], async () => {
          seenAtBorder(bench());
          reach();
          expect(seenAtBorder(bench())).toMatchObject({ elsewhere: 0, names: 0, datagrams: 0 });
        });
      } finally {
        runTool("ip", ["netns", "del", guest]);
      }
    },
    STAGE_LIMIT_MS,
  );

  control(
    "P-87 the session moves to another route, and the machine's connections go with it",
    TOOLS,
    async () => {
      const { network } = bench();
      await captured(
        bench(),
        [invite(), "wss://station.example/v1/session", "burst+https://front.example,other.example"],
        async (vpn) => {
          expect(await bench().curl(BLOCKED, 15)).toBe(true);
          expect(vpn.said.findLast(({ event }) => event === "state")).toMatchObject({ kind: "web" });
          const address = PLACES.foreign.address;
          const rules = [
            `iifname "in-client" ip daddr ${address} drop`,
            `oifname "in-client" ip saddr ${address} drop`,
          ];
          const chain = ["type filter hook forward priority 0; policy accept;", ...rules].join("\n");
          network.run("border", "nft", ["-f", "-"], `table inet closed {\nchain through {\n${chain}\n}\n}\n`);
          try {
            await vpn.heard("state", READY_LIMIT_MS, (said) => said["kind"] === "burst");
            seenAtBorder(bench());
            expect(await bench().curl("https://ordinary.example/", 60)).toBe(true);
            expect(seenAtBorder(bench())).toMatchObject({ names: 0, datagrams: 0, elsewhere: 0 });
          } finally {
            network.run("border", "nft", ["delete", "table", "inet", "closed"]);
          }
        },
      );
    },
    STAGE_LIMIT_MS,
  );
});
