/* A captured machine that has IPv6 on its wire and none on loopback: it is not carried there, and must not go around. */
import { expect } from "vitest";
import { PLACES } from "../src/addresses.ts";
import { control, describeNetns } from "../src/testing/netns.ts";
import { seenAtBorder, watchBorder } from "./border-watch.ts";
import { BLOCKED, chapar, READY_LIMIT_MS, STAGE_LIMIT_MS, withExit } from "./tunnel-stage.ts";

describeNetns("a machine with half of IPv6", (bench) => {
  control(
    "P-86 IPv6 that cannot be carried is refused, and IPv4 is carried",
    ["curl", "haproxy", "ss-redir", "ping"],
    async () => {
      const { network } = bench();
      network.openIpv6();
      network.run("client", "sysctl", ["-q", "-w", "net.ipv6.conf.lo.disable_ipv6=1"]);
      const { station, invite } = await withExit(bench());
      watchBorder(bench());
      const six = `http://[${PLACES.site.ipv6}]/`;
      await bench().curl(six, 2);
      expect(seenAtBorder(bench()).sixOther).toBeGreaterThan(0);
      const vpn = chapar(bench(), "client", ["tunnel", "--vpn", "--via", invite]);
      try {
        expect(await vpn.heard("ready", READY_LIMIT_MS)).toMatchObject({ ipv6: false });
        seenAtBorder(bench());
        expect(await bench().curl(six, 4)).toBe(false);
        expect((await bench().exec("ping", ["-c1", "-W1", PLACES.site.ipv6], 4_000)).code).not.toBe(0);
        expect(await bench().curl(BLOCKED, 15)).toBe(true);
        expect(seenAtBorder(bench())).toMatchObject({ names: 0, datagrams: 0, elsewhere: 0, six: 0, sixOther: 0 });
      } finally {
        await vpn.stop();
        await station.stop();
      }
    },
    STAGE_LIMIT_MS,
  );
});
