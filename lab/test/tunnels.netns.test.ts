/* Signatures against real circumvention tools of Debian: they have to be stopped where the literature says they are. */
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { expect } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { Speaker } from "../src/net/processes.ts";
import { control, type ControlBench, describeNetns } from "../src/testing/netns.ts";

const SOCKS_PORT = 1080;

/** What OpenVPN says when its handshake is through. */
const DONE = "Initialization Sequence Completed";
/** What it says when nothing has come for a while. */
const SILENT = "Inactivity timeout";

/** Fetches a page through a tunnel. */
type Fetch = (url: string, seconds?: number) => Promise<boolean>;

/** Two programs, one abroad and one that offers SOCKS to the client, for as long as the work lasts. */
async function withTunnel(
  bench: ControlBench,
  program: { readonly server: readonly string[]; readonly client: readonly string[] },
  work: (fetch: Fetch) => Promise<void>,
): Promise<void> {
  const start = (place: "foreign" | "client", [name = "", ...words]: readonly string[]): ChildProcess =>
    bench.network.start(place, name, words, { stdio: "ignore" });
  const children = [start("foreign", program.server), start("client", program.client)];
  await delay(1000);
  try {
    await work((url, seconds = 5) => bench.curl(url, seconds, "--socks5-hostname", `127.0.0.1:${SOCKS_PORT}`));
  } finally {
    for (const child of children) {
      const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
      child.kill("SIGTERM");
      await closed;
    }
  }
}

const withShadowsocks = (bench: ControlBench, work: (fetch: Fetch) => Promise<void>): Promise<void> => {
  const common = ["-p", "8388", "-k", "lab", "-m", "aes-256-gcm"];
  const server = ["ss-server", "-s", "0.0.0.0", ...common];
  const local = ["-b", "127.0.0.1", "-l", String(SOCKS_PORT)];
  return withTunnel(bench, { server, client: ["ss-local", "-s", PLACES.foreign.address, ...common, ...local] }, work);
};

/** Writes a configuration of one side and answers its path. */
function configured(bench: ControlBench, name: string, config: unknown): string {
  const path = join(bench.network.scratch, name);
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const withVmess = (bench: ControlBench, work: (fetch: Fetch) => Promise<void>): Promise<void> => {
  const user = { id: "b831381d-6324-4d53-ad4f-8cda48b30811", alterId: 0 };
  const server = {
    inbounds: [{ port: 10_086, protocol: "vmess", settings: { clients: [user] } }],
    outbounds: [{ protocol: "freedom" }],
  };
  const vnext = [{ address: PLACES.foreign.address, port: 10_086, users: [{ ...user, security: "aes-128-gcm" }] }];
  const client = {
    inbounds: [{ port: SOCKS_PORT, listen: "127.0.0.1", protocol: "socks", settings: { udp: false } }],
    outbounds: [{ protocol: "vmess", settings: { vnext } }],
  };
  const run = (name: string, config: unknown): string[] => ["v2ray", "-config", configured(bench, name, config)];
  return withTunnel(bench, { server: run("vs.json", server), client: run("vc.json", client) }, work);
};

const withTrojan = (bench: ControlBench, work: (fetch: Fetch) => Promise<void>): Promise<void> => {
  const { authority, certificate, key } = bench.services.certificates;
  const tcp = { no_delay: true, keep_alive: true, reuse_port: false, fast_open: false, fast_open_qlen: 20 };
  const common = { password: ["lab"], log_level: 5, tcp };
  const server = {
    ...common,
    run_type: "server",
    local_addr: "0.0.0.0",
    local_port: 8443,
    remote_addr: "127.0.0.1",
    remote_port: 80,
    ssl: { cert: certificate, key, alpn: ["http/1.1"], session_timeout: 600 },
  };
  const client = {
    ...common,
    run_type: "client",
    local_addr: "127.0.0.1",
    local_port: SOCKS_PORT,
    remote_addr: PLACES.foreign.address,
    remote_port: 8443,
    ssl: { verify: true, verify_hostname: true, cert: authority, sni: "station.example", alpn: ["http/1.1"] },
  };
  const run = (name: string, config: unknown): string[] => ["trojan", "-c", configured(bench, name, config)];
  return withTunnel(bench, { server: run("ts.json", server), client: run("tc.json", client) }, work);
};

describeNetns("controls of tunnels", (bench) => {
  control("R1 blocks shadowsocks-libev, which works without it", ["ss-local", "ss-server", "curl"], async () => {
    await withShadowsocks(bench(), async (fetch) => {
      await bench().under([], async () => expect(await fetch("http://ordinary.example/")).toBe(true));
      await bench().under([{ id: "R1", params: { rate: 1 } }], async (censors) => {
        // The verdict comes some 110 ms late: the first answer may slip through, nothing after it.
        await fetch("http://ordinary.example/64k.bin", 4);
        expect(await fetch("http://ordinary.example/64k.bin", 4)).toBe(false);
        expect(await bench().curl("https://station.example/64k.bin")).toBe(true);
        expect(censors.acted()).toEqual(["R1"]);
      });
    });
  });

  control("R1 blocks VMess over TCP, which works without it", ["v2ray", "curl"], async () => {
    await withVmess(bench(), async (fetch) => {
      await bench().under([], async () => expect(await fetch("http://ordinary.example/")).toBe(true));
      await bench().under([{ id: "R1", params: { rate: 1 } }], async (censors) => {
        await fetch("http://ordinary.example/64k.bin", 4);
        expect(await fetch("http://ordinary.example/64k.bin", 4)).toBe(false);
        expect(censors.acted()).toEqual(["R1"]);
      });
    });
  });

  control("R4 finds a handshake inside Trojan, which R1 cannot see", ["trojan", "curl"], async () => {
    await withTrojan(bench(), async (fetch) => {
      await bench().under([{ id: "R1", params: { rate: 1 } }], async (censors) => {
        expect(await fetch("https://ordinary.example/64k.bin")).toBe(true);
        expect(censors.acted()).toEqual([]);
      });
      await bench().under(["R4"], async (censors) => {
        // A short page: with a long one the fourth burst is the page, and the model looks elsewhere.
        for (let i = 0; i < 8 && censors.acted().length === 0; i++) await fetch("https://ordinary.example/", 3);
        expect(censors.acted()).toEqual(["R4"]);
      });
    });
  });

  control(
    "R4 finds curl's handshakes inside Shadowsocks within a few connections, and none in curl's own",
    ["ss-local", "ss-server", "curl"],
    async () => {
      await withShadowsocks(bench(), async (fetch) => {
        await bench().under(["R4"], async (censors) => {
          for (let i = 0; i < 6; i++) expect(await bench().curl("https://station.example/64k.bin")).toBe(true);
          expect(censors.acted()).toEqual([]);
          for (let i = 0; i < 8 && censors.acted().length === 0; i++)
            await fetch("https://ordinary.example/64k.bin", 3);
          expect(censors.acted()).toEqual(["R4"]);
        });
      });
    },
  );

  control(
    "R20 turns shadowsocks-libev's replay filter against its own client",
    ["ss-local", "ss-server", "curl"],
    async () => {
      await withShadowsocks(bench(), async (fetch) => {
        await bench().under(["R20"], async (censors) => {
          expect(await fetch("http://ordinary.example/", 4)).toBe(false);
          expect(censors.acted()).toEqual(["R20"]);
          expect(await bench().curl("https://station.example/")).toBe(true);
        });
      });
    },
  );

  control(
    "R9 silences what is no DNS, HTTP or TLS on port 443 of another protocol, and no other port",
    ["socat"],
    async () => {
      const echo = (port: number): void =>
        void bench().network.start("foreign", "socat", [`TCP-LISTEN:${port},fork,reuseaddr`, "EXEC:cat"], {
          stdio: "ignore",
        });
      // 53 and 5353: nginx has the other ports of the rule
      echo(53);
      echo(5353);
      await delay(300);
      const script = join(import.meta.dirname, "echo-client.ts");
      const echoes = async (port: number): Promise<string> =>
        (await bench().exec(process.execPath, [script, PLACES.foreign.address, String(port), "2500"], 8000)).out.trim();
      await bench().under([], async () => expect(await echoes(53)).toBe("echoes 2"));
      await bench().under(["R9"], async (censors) => {
        expect(await echoes(5353)).toBe("echoes 2");
        expect(await echoes(53)).toBe("echoes 1");
        expect(censors.acted()).toEqual(["R9"]);
        expect(await bench().curl("https://station.example/64k.bin")).toBe(true);
      });
    },
  );

  control(
    "R3 probes a server that reads fifty bytes and closes, and blocks it; nginx is not suspected",
    ["curl"],
    async () => {
      const script = join(import.meta.dirname, "threshold-server.ts");
      const server = new Speaker(
        "server",
        bench().network.start("foreign", process.execPath, [script, PLACES.foreign.address, "7000"]),
      );
      await server.heard("ready", 10_000);
      await bench().under(["R3"], async (censors) => {
        await bench().curl(`http://${PLACES.foreign.address}:7000/`, 2);
        await bench().curl("https://station.example/", 5);
        for (let waitedMs = 0; waitedMs < 25_000 && censors.probed().length < 2; waitedMs += 100) await delay(100);
        const verdicts = censors
          .probed()
          .map(({ suspect, why }) => ({ suspect, why }))
          .sort((a, b) => Number(b.suspect) - Number(a.suspect));
        expect(verdicts).toEqual([
          { suspect: true, why: "closes at a byte count" },
          { suspect: false, why: "answered a stranger" },
        ]);
        const connects = await bench().exec(
          "socat",
          ["-u", "OPEN:/dev/null", `TCP:${PLACES.foreign.address}:7000,connect-timeout=2`],
          5000,
        );
        expect(connects.code).not.toBe(0);
        expect(await bench().curl("https://station.example/")).toBe(true);
      });
      await server.stop();
    },
  );

  control("R5 silences OpenVPN after ten packets; without it the session lives", ["openvpn"], async () => {
    const { authority, certificate, key } = bench().services.certificates;
    const keys = [
      "--ca",
      authority,
      "--cert",
      certificate,
      "--key",
      key,
      "--dev",
      "null",
      "--proto",
      "udp",
      "--verb",
      "3",
    ];
    // One server for each attempt: between two peers a server holds on to the first.
    const ports = ["1194", "1195"] as const;
    for (const port of ports) {
      const listen = ["--tls-server", "--dh", "none", "--port", port, "--ping", "1"];
      bench().network.start("foreign", "openvpn", [...keys, ...listen], { stdio: "ignore" });
    }
    await delay(500);
    const connect = async (port: string): Promise<string> => {
      const dial = ["--tls-client", "--nobind", "--remote", PLACES.foreign.address, port, "--connect-retry-max", "1"];
      return (await bench().exec("openvpn", [...keys, ...dial, "--ping", "1", "--ping-exit", "3"], 8000)).out;
    };
    await bench().under([], async () => {
      const lived = await connect(ports[0]);
      expect(lived).toContain(DONE);
      expect(lived).not.toContain(SILENT);
    });
    await bench().under(["R5"], async (censors) => {
      expect(await connect(ports[1])).toContain(SILENT);
      expect(censors.acted()).toEqual(["R5"]);
    });
  });
});
