/*
 * What a censor sees of snow's DTLS: a tap on the way between a client in Node and a volunteer's tab in Chromium. The tab greets, and its hello is
 * that of a page of the same Chromium which has nothing of ours in it.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { formatSnowRoute, SESSION_PATH, snowCarrier, type NewRtcPeer, type RtcPeer } from "@chapar/carrier";
import { newRtcPeer, noiseCrypto, systemClock, webSocketCarrier } from "@chapar/carrier/node";
import { startStation } from "@chapar/station/node";
import { parseDtlsClientHello } from "../src/parsers/dtls-hello.ts";
import { ja4 } from "../src/parsers/ja.ts";
import { nodePrimitives } from "../src/net/node-primitives.ts";
import { programPath } from "../src/net/tools.ts";
import { builtWebApp, openTab, startVolunteer } from "../src/net/volunteer-tab.ts";
import { notRun } from "../src/testing/netns.ts";

const LIMIT_MS = 120_000;
/** RFC 6347 §4.1 and §4.2.2: type, version, epoch and number, length; then type, length, number, offset, length. */
const RECORD_BYTES = 13;
const HANDSHAKE = 22;
const CLIENT_HELLO = 1;

interface Fragment {
  readonly at: number;
  readonly bytes: Buffer;
  readonly wholeBytes: number;
}

/** Fragments of ClientHellos in a datagram. */
function hellosIn(datagram: Buffer): Fragment[] {
  const found: Fragment[] = [];
  for (let at = 0; at + RECORD_BYTES + 12 <= datagram.byteLength;) {
    const sizeBytes = datagram.readUInt16BE(at + 11);
    const record = datagram.subarray(at + RECORD_BYTES, at + RECORD_BYTES + sizeBytes);
    const isPlain = datagram.readUInt16BE(at + 3) === 0;
    if (datagram[at] === HANDSHAKE && isPlain && record[0] === CLIENT_HELLO)
      found.push({ at: record.readUIntBE(6, 3), wholeBytes: record.readUIntBE(1, 3), bytes: record.subarray(12) });
    at += RECORD_BYTES + sizeBytes;
  }
  return found;
}

/** The JA4 of the first hello among datagrams; "" when none is whole. */
function fingerprint(datagrams: readonly Buffer[]): string {
  const fragments = datagrams.filter((each) => (each[0] ?? 0) >= 20 && (each[0] ?? 0) <= 63).flatMap(hellosIn);
  const body = Buffer.alloc(fragments[0]?.wholeBytes ?? 0);
  for (const { at, bytes } of fragments) if (at + bytes.byteLength <= body.byteLength) body.set(bytes, at);
  const head = Buffer.alloc(RECORD_BYTES + 12);
  head.writeUInt8(HANDSHAKE, 0);
  head.writeUInt16BE(0xfefd, 1);
  head.writeUInt16BE(12 + body.byteLength, 11);
  head.writeUInt8(CLIENT_HELLO, RECORD_BYTES);
  head.writeUIntBE(body.byteLength, RECORD_BYTES + 1, 3);
  head.writeUIntBE(body.byteLength, RECORD_BYTES + 9, 3);
  const hello = parseDtlsClientHello(Buffer.concat([head, body]));
  return hello.ok ? ja4(hello.value, "d", nodePrimitives) : "";
}

interface Tap {
  /** datagrams from the far end, and to it */
  readonly inward: Buffer[];
  readonly outward: Buffer[];
  /** what a description says when every datagram is to pass here */
  through(sdp: string): string;
}

/** A hop on loopback that the far end takes for the near one. */
async function openTap(): Promise<Tap> {
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  onTestFinished(() => void socket.close());
  const [inward, outward]: [Buffer[], Buffer[]] = [[], []];
  let nearPort = 0;
  let far: { readonly port: number; readonly address: string } | undefined;
  socket.on("message", (datagram, from) => {
    if (from.port === nearPort) {
      outward.push(datagram);
      if (far !== undefined) socket.send(datagram, far.port, far.address);
    } else {
      inward.push(datagram);
      far = from;
      socket.send(datagram, nearPort, "127.0.0.1");
    }
  });
  return {
    inward,
    outward,
    through(sdp) {
      const line = /^a=candidate:\S+ 1 udp \d+ 127\.0\.0\.1 (\d+) typ host.*$/m.exec(sdp);
      nearPort = Number(line?.[1] ?? 0);
      const kept = sdp.split("\r\n").filter((each) => !each.startsWith("a=candidate") || each === line?.[0]?.trim());
      return kept.join("\r\n").replace(`127.0.0.1 ${nearPort} typ`, `127.0.0.1 ${socket.address().port} typ`);
    },
  };
}

/** As Node's, but with a hop in its description. */
const tapped =
  (tap: Tap): NewRtcPeer =>
  async (stun) => {
    const peer = await newRtcPeer(stun);
    return new Proxy(peer, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (name === "localDescription") {
          const { sdp } = (value as RtcPeer["localDescription"]) ?? { sdp: "" };
          return { sdp: tap.through(sdp) };
        }
        return typeof value === "function" ? value.bind(target) : value;
      },
    });
  };

/** Runs in a page without anything of ours: answers an offer as any page does. */
const ANSWER = (offer: string): string => `(async () => {
  const peer = globalThis.kept = new RTCPeerConnection();
  peer.createDataChannel("", { negotiated: true, id: 0 });
  await peer.setRemoteDescription({ type: "offer", sdp: ${JSON.stringify(offer)} });
  await peer.setLocalDescription();
  return peer.localDescription.sdp;
})()`;

describe("the hello of snow", () => {
  if (programPath("chromium") === undefined) {
    notRun("the hello of snow", "chromium is not installed; chapar lab setup installs it");
    return;
  }

  it(
    "P-110 comes from the volunteer's tab, none from the client, and is the browser's own",
    async () => {
      const scratch = mkdtempSync(join(tmpdir(), "chapar-hello-"));
      onTestFinished(() => rmSync(scratch, { recursive: true, force: true, maxRetries: 5 }));
      const webRoot = builtWebApp();
      await using station = await startStation({
        dataDir: join(scratch, "station"),
        port: 0,
        region: "DE",
        name: "Lab",
        webRoot,
      });
      await using tab = await startVolunteer(spawn, join(scratch, "volunteer"), station.url);
      const ours = await openTap();
      const carriers = [webSocketCarrier({ linkPath: SESSION_PATH })];
      const ports = { clock: systemClock(), crypto: noiseCrypto() };
      const snow = snowCarrier({ ...ports, newPeer: tapped(ours), carriers, patienceMs: 0 });
      const route = formatSnowRoute({ inner: station.url, station: station.key, stun: undefined });
      const link = await snow.dial(route, { signal: AbortSignal.timeout(20_000) });
      link.close();
      expect(await tab.evaluate("document.querySelector('[data-mood]').dataset.mood")).toBe("ready");

      const plain = await openTap();
      await using page = await openTab(spawn, join(scratch, "plain"), "about:blank");
      const near = await newRtcPeer(undefined);
      onTestFinished(() => near.close());
      const channel = near.createDataChannel("", { negotiated: true, id: 0 });
      await near.setLocalDescription(await near.createOffer());
      while (near.iceGatheringState !== "complete") await new Promise((resolve) => setTimeout(resolve, 20));
      const answer = await page.evaluate(ANSWER(plain.through(near.localDescription?.sdp ?? "")));
      await near.setRemoteDescription({ type: "answer", sdp: String(answer) });
      while (channel.readyState !== "open") await new Promise((resolve) => setTimeout(resolve, 20));

      const [seen, usual] = [fingerprint(ours.inward), fingerprint(plain.inward)];
      expect(seen).toMatch(/^dd\d[di]\d{4}/);
      expect(seen).toBe(usual);
      expect(ours.outward.flatMap(hellosIn)).toEqual([]);
    },
    LIMIT_MS,
  );
});
