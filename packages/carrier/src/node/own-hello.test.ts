import { describe, expect, it } from "vitest";
import type { Carrier, Link } from "../port.ts";
import { showsOwnHello, withoutOwnHello } from "./own-hello.ts";

describe("routes that would show Node's own TLS hello", () => {
  it.each([
    "https://station.example",
    "wss://198.51.100.2/x",
    "https://[2001:db8::1]:8443",
    "burst+https://127.0.0.1,front.example/x",
  ])("P-46 are those with TLS to the open internet: %s", (route) => expect(showsOwnHello(route)).toBe(true));

  it.each([
    "http://station.example",
    "https://127.0.0.1:8443",
    "https://192.168.1.7",
    "https://[::1]:8443",
    "https://box.local",
    "burst+http://front.example",
    "burst+https://10.0.0.3,172.16.9.9",
    "ss://YTpi@192.0.2.7:8388/?station=https://one.example",
  ])("P-46 are no others: %s", (route) => expect(showsOwnHello(route)).toBe(false));

  it("P-46 are refused before anything is dialed, with a code of their own", async () => {
    const dialed: string[] = [];
    const inner: Carrier = {
      kind: "web",
      handles: () => true,
      dial: (route) => {
        dialed.push(route);
        return Promise.resolve(undefined as unknown as Link);
      },
    };
    const carrier = withoutOwnHello(inner);
    const { signal } = new AbortController();
    await expect(carrier.dial("https://station.example", { signal })).rejects.toMatchObject({
      code: "carrier/own-hello",
    });
    await carrier.dial("http://station.example", { signal });
    expect([carrier.kind, dialed]).toEqual(["web", ["http://station.example"]]);
  });
});
