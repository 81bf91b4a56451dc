/*
 * The samples of docs/operating, taken from the page itself: a station behind Debian's nginx and Debian's Caddy, set up as it says, and a
 * person who makes an account and keeps a session through each.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect } from "vitest";
import type { Speaker } from "../src/net/processes.ts";
import { control, type ControlBench, describeNetns } from "../src/testing/netns.ts";
import { BLOCKED, chapar, READY_LIMIT_MS, STAGE_LIMIT_MS, withExit } from "./tunnel-stage.ts";

const PAGE = readFileSync(join(import.meta.dirname, "../../docs/operating/station.md"), "utf8");

/** The block behind a line of the page. */
function sample(line: string): string {
  const [, block = ""] = new RegExp(`^${line}\\n\\n\`\`\`\\n([\\s\\S]*?)\`\`\``, "m").exec(PAGE) ?? [];
  return block;
}

function startNginx(bench: ControlBench, port: number, block: string): void {
  const { certificate, key } = bench.services.certificates;
  const folder = join(bench.network.scratch, "sample-nginx");
  mkdirSync(folder);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder};`);
  const server = `listen ${port} ssl; ssl_certificate ${certificate}; ssl_certificate_key ${key};`;
  const config = `daemon off; user root; pid ${folder}/pid; events {}
http { ${temporary.join(" ")} server { ${server}
${block} } }
`;
  writeFileSync(join(folder, "nginx.conf"), config);
  const words = ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")];
  bench.network.start("foreign", "nginx", words, { stdio: "ignore" });
}

/** The page's site under another name and port, with the lab's certificate in place of one that Caddy would fetch. */
function startCaddy(bench: ControlBench, port: number, block: string): void {
  const { certificate, key } = bench.services.certificates;
  const file = join(bench.network.scratch, "Caddyfile");
  const site = block.replace("example.org {", `https://station.example:${port} {\n  tls ${certificate} ${key}`);
  writeFileSync(file, `{\n  admin off\n  auto_https disable_redirects\n}\n${site}`);
  const env = { ...process.env, HOME: bench.network.scratch, XDG_DATA_HOME: bench.network.scratch };
  const words = ["run", "--adapter", "caddyfile", "--config", file];
  bench.network.start("foreign", "caddy", words, { stdio: "ignore", env });
}

describeNetns("samples of docs/operating", (bench) => {
  let stage: { readonly invite: string; readonly station: Speaker } | undefined;
  beforeAll(async () => {
    stage = await withExit(bench());
  }, STAGE_LIMIT_MS);
  afterAll(async () => {
    await stage?.station.stop();
  }, STAGE_LIMIT_MS);

  const SAMPLES = [
    { name: "nginx", port: 8444, start: startNginx },
    { name: "caddy", port: 8445, start: startCaddy },
  ] as const;
  for (const { name, port, start } of SAMPLES) {
    control(
      `P-1 a session stands and a page is fetched through ${name} as the page sets it up`,
      [name, "curl"],
      async () => {
        const block = sample(name === "caddy" ? "Caddy:" : "nginx:");
        expect(block).toContain("127.0.0.1:8080");
        start(bench(), port, block);
        const origin = `https://station.example:${port}`;
        const health = ["-sf", "--retry", "20", "--retry-connrefused", "--retry-delay", "1"];
        const { authority } = bench().services.certificates;
        const ready = await bench().exec("curl", [...health, "--cacert", authority, `${origin}/healthz`], 30_000);
        expect(ready.code, ready.out).toBe(0);
        // The closed border leaves this proxy's port alone, so that the session can only be through it.
        const rule = "ip saddr 192.0.2.2 tcp dport { 80, 443, 8080 } drop";
        const chain = `chain through {\ntype filter hook forward priority 0; policy accept;\n${rule}\n}`;
        bench().network.run("border", "nft", ["-f", "-"], `table inet closed {\n${chain}\n}\n`);
        const way = `wss://station.example:${port}/v1/session`;
        const words = ["tunnel", "--via", stage?.invite ?? "", "--via", way, "--socks-port", "1080"];
        const tunnel = chapar(bench(), "client", words);
        try {
          await tunnel.heard("ready", READY_LIMIT_MS);
          expect(await bench().curl(`${BLOCKED}1m.bin`, 20, "--socks5-hostname", "127.0.0.1:1080")).toBe(true);
          const burst = `burst+https://station.example:${port}`;
          const slow = chapar(bench(), "client", [
            "tunnel",
            "--via",
            stage?.invite ?? "",
            "--via",
            burst,
            "--socks-port",
            "1081",
          ]);
          await slow.heard("ready", READY_LIMIT_MS);
          expect(slow.said.findLast(({ event }) => event === "state")).toMatchObject({ kind: "burst" });
          await slow.stop();
        } finally {
          await tunnel.stop();
          bench().network.run("border", "nft", ["delete", "table", "inet", "closed"]);
        }
      },
      STAGE_LIMIT_MS,
    );
  }
});
