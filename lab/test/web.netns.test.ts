/* Names, lists and budgets against real clients of the web: curl, dig, ping, Node and Chromium. */
import { join } from "node:path";
import { expect } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { RULES } from "../src/rules/index.ts";
import { control, describeNetns } from "../src/testing/netns.ts";

const FETCH = "fetch(process.argv[1]).then((r) => r.text()).then(() => process.exit(0), () => process.exit(1))";

const digWords = (name: string): string[] => ["+short", "+tries=1", "+time=3", name, `@${PLACES.dns.address}`];

describeNetns("controls of the web", (bench) => {
  const ordinary = (limitSeconds = 8): Promise<boolean> =>
    bench().curl("https://ordinary.example/64k.bin", limitSeconds);

  control("nobody censors: names, pages and pings work", ["curl", "ping"], async () => {
    expect(await ordinary()).toBe(true);
    expect(await bench().curl("https://blocked.example/1m.bin")).toBe(true);
    expect((await bench().exec("ping", ["-c", "2", "-W", "2", PLACES.site.address], 6000)).code).toBe(0);
  });

  control(
    "curl and Chromium read the ordinary site under every rule but the closed border, all at once",
    ["curl", "chromium"],
    async () => {
      const rules = RULES.map(({ id }) => id).filter((id) => id !== "R16");
      await bench().under(rules, async (censors) => {
        expect(await ordinary(15)).toBe(true);
        const args = ["--headless", "--no-sandbox", "--disable-gpu", "--ignore-certificate-errors", "--no-first-run"];
        const quiet = ["--disable-background-networking", "--disable-component-update", "--dump-dom"];
        const folder = `--user-data-dir=${join(bench().network.scratch, "chromium")}`;
        const page = await bench().exec("chromium", [...args, ...quiet, folder, "https://ordinary.example/"], 40_000);
        expect(page.out).toContain("ordinary. ordinary.");
        expect(censors.acted()).toEqual([]);
      });
    },
  );

  control("R6 resets curl at a listed name and lets others pass", ["curl"], async () => {
    await bench().under([{ id: "R6", params: { country: "turkmenistan" } }], async (censors) => {
      const refused = await bench().exec("curl", ["-s", "-S", "-k", "-m", "5", "https://blocked.example/"], 7000);
      expect(refused.code).not.toBe(0);
      expect(refused.out).toMatch(/reset|Recv failure/i);
      expect(await bench().curl("http://blocked.example/")).toBe(false);
      expect(await bench().curl("https://station.example/64k.bin")).toBe(true);
      expect(censors.acted()).toEqual(["R6"]);
    });
  });

  control(
    "R10 freezes a download from the hosting provider after 25 packets, in the kernel and in the router",
    ["curl"],
    async () => {
      for (const params of [{}, { allowedNames: ["allowed.example"] }]) {
        await bench().under([{ id: "R10", params }], async () => {
          const frozen = await bench().exec(
            "curl",
            ["-s", "-k", "-m", "4", "-o", "/dev/null", "-w", "%{size_download}", "http://station.example/64k.bin"],
            6000,
          );
          expect(frozen.code).toBe(28);
          expect(Number(frozen.out)).toBeGreaterThan(8000);
          expect(Number(frozen.out)).toBeLessThan(33_000);
          expect(await ordinary()).toBe(true);
        });
      }
    },
  );

  control("R11 drops the fourth of four quick handshakes, and none of four slow ones", ["curl"], async () => {
    const visit = (): Promise<boolean> => bench().curl("https://station.example/", 4);
    await bench().under([{ id: "R11", params: { fingerprints: "any" } }], async () => {
      const quick = await Promise.all([visit(), visit(), visit(), visit(), visit()]);
      expect(quick.filter(Boolean)).toHaveLength(3);
      expect(await ordinary()).toBe(true);
    });
    await bench().under(["R11"], async () => {
      expect(await Promise.all([visit(), visit(), visit(), visit(), visit()])).toEqual([true, true, true, true, true]);
    });
  });

  control("R12 drops Node's own hello and lets curl's pass", ["curl"], async () => {
    await bench().under(["R12"], async (censors) => {
      const env = { ...process.env, NODE_EXTRA_CA_CERTS: bench().services.certificates.authority };
      const visit = (url: string): Promise<{ code: number | null }> =>
        bench().exec(process.execPath, ["-e", FETCH, url], 5000, env);
      expect((await visit("https://ordinary.example/")).code).toBe(0);
      expect((await visit("https://station.example/")).code).not.toBe(0);
      expect(await bench().curl("https://station.example/")).toBe(true);
      expect(censors.acted()).toEqual(["R12"]);
    });
  });

  control("R13 forges the answer for a listed name, and the real one still arrives", ["dig"], async () => {
    await bench().under(["R13"], async () => {
      expect((await bench().exec("dig", digWords("blocked.example"), 6000)).out).toMatch(/^10\.10\.34\.3[456]\n/);
      expect((await bench().exec("dig", digWords("ordinary.example"), 6000)).out.trim()).toBe(PLACES.site.address);
    });
  });

  control("R14 and R16 drop whom they list, the whole world in the second case", ["curl"], async () => {
    await bench().under(["R14"], async () => {
      expect(await bench().curl("https://station.example/", 3)).toBe(false);
      expect(await ordinary()).toBe(true);
    });
    await bench().under(["R16"], async () =>
      expect(await bench().curl(`http://${PLACES.site.address}/`, 3)).toBe(false),
    );
    await bench().under([{ id: "R16", params: { allowedDestinations: [`${PLACES.site.address}/32`] } }], async () => {
      expect(await bench().curl(`http://${PLACES.site.address}/`, 3)).toBe(true);
    });
  });

  control("R15 polices a download to its rate", ["curl"], async () => {
    await bench().under(["R15"], async () => {
      const args = ["-s", "-k", "-m", "8", "-o", "/dev/null", "-w", "%{speed_download}"];
      const throttled = await bench().exec("curl", [...args, "https://blocked.example/1m.bin"], 12_000);
      expect(Number(throttled.out)).toBeGreaterThan(1000);
      expect(Number(throttled.out)).toBeLessThan(24_000);
      expect(await bench().curl("https://station.example/1m.bin", 8)).toBe(true);
    });
  });

  control("R17 drops pings after three, and then everything of that client's", ["ping", "curl"], async () => {
    await bench().under(["R17"], async () => {
      expect(await ordinary()).toBe(true);
      const pings = await bench().exec("ping", ["-c", "5", "-i", "0.2", "-W", "1", PLACES.site.address], 8000);
      expect(pings.out).toContain("3 received");
      expect(await ordinary(3)).toBe(false);
    });
  });
});
