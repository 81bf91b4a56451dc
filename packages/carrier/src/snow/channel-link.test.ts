import { describe, expect, it } from "vitest";
import { concatBytes } from "@chapar/wire/bytes";
import { FakeClock } from "../testing/index.ts";
import { pattern } from "../testing/peers.ts";
import { channelLink } from "./channel-link.ts";
import type { RtcChannel, RtcEnd, RtcPeer } from "./rtc.ts";

type Listener = (event: { readonly data?: unknown }) => void;

/** A channel whose other end is the test: what is sent is kept, what the test says arrives. */
class ScriptedChannel implements RtcChannel {
  readyState = "open";
  bufferedAmount = 0;
  bufferedAmountLowThreshold = 0;
  binaryType = "";
  readonly sent: Uint8Array[] = [];
  readonly #listeners = new Map<string, Listener[]>();

  send(bytes: Uint8Array): void {
    this.sent.push(bytes.slice());
  }

  close(): void {
    this.readyState = "closed";
  }

  addEventListener(type: string, listener: Listener): void {
    this.#listeners.set(type, [...(this.#listeners.get(type) ?? []), listener]);
  }

  say(...message: readonly number[]): void {
    this.#tell("message", { data: Uint8Array.from(message).buffer });
  }

  sayBytes(bytes: Uint8Array): void {
    this.#tell("message", { data: concatBytes(Uint8Array.of(0), bytes).buffer });
  }

  sayAnything(data: unknown): void {
    this.#tell("message", { data });
  }

  #tell(type: string, event: { readonly data?: unknown }): void {
    for (const listener of this.#listeners.get(type) ?? []) listener(event);
  }
}

function scene(): {
  readonly channel: ScriptedChannel;
  readonly link: ReturnType<typeof channelLink>;
  readonly clock: FakeClock;
} {
  const channel = new ScriptedChannel();
  const clock = new FakeClock();
  const peer = { connectionState: "connected", addEventListener: () => undefined, close: () => undefined };
  const end = { channel, peer: peer as unknown as RtcPeer } as unknown as RtcEnd;
  return { channel, clock, link: channelLink(end, { clock }) };
}

const WINDOW = 512 * 1024;
const dataBytes = (channel: ScriptedChannel): number =>
  channel.sent.filter(([type]) => type === 0).reduce((sum, { byteLength }) => sum + byteLength - 1, 0);

describe("a channel as a link", () => {
  it("P-116 sends no more than it was told may come, and goes on when told", () => {
    const { channel, link } = scene();
    link.send(pattern(WINDOW + 50_000));
    expect(dataBytes(channel)).toBe(WINDOW);
    expect(link.unsentBytes).toBe(50_000);
    channel.say(1, 0, 0, 0x27, 0x10);
    expect(dataBytes(channel)).toBe(WINDOW + 10_000);
    channel.say(1, 0, 0, 0xff, 0xff);
    expect(dataBytes(channel)).toBe(WINDOW + 50_000);
    expect(Math.max(...channel.sent.map(({ byteLength }) => byteLength))).toBe(16 * 1024 + 1);
  });

  it("P-116 grants what was read, and nothing for what only waits", () => {
    const { channel, link } = scene();
    const grants = (): number => channel.sent.filter(([type]) => type === 1).length;
    link.pause();
    for (let i = 0; i < 20; i++) channel.sayBytes(new Uint8Array(16 * 1024));
    expect(grants()).toBe(0);
    link.receive(() => undefined);
    expect(grants()).toBe(0);
    link.resume();
    expect(grants()).toBe(2);
  });

  it("P-116 more than was granted, junk, text, or credit without end is the end of the link", async () => {
    const beyond = scene();
    for (let i = 0; i <= WINDOW / 16_384; i++) beyond.channel.sayBytes(new Uint8Array(16_384));
    expect(await beyond.link.ended).toBe("lost");
    for (const spoil of [
      (channel: ScriptedChannel) => channel.say(9),
      (channel: ScriptedChannel) => channel.say(1, 1),
      (channel: ScriptedChannel) => channel.say(2, 0),
      (channel: ScriptedChannel) => channel.say(1, 0xff, 0xff, 0xff, 0xff),
      (channel: ScriptedChannel) => channel.sayAnything("text"),
      (channel: ScriptedChannel) => channel.sayAnything(new ArrayBuffer(0)),
      (channel: ScriptedChannel) => {
        channel.say(2);
        channel.sayBytes(Uint8Array.of(1));
      },
    ]) {
      const { channel, link } = scene();
      link.pause();
      spoil(channel);
      const how = await link.ended;
      expect(how === "lost" || channel.sent.some(([type]) => type === 2)).toBe(true);
    }
  });
});
