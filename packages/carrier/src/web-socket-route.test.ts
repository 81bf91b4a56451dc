import { describe, expect, it } from "vitest";
import { concatBytes } from "@chapar/wire/bytes";
import { endOfCloseCode, MAX_PIECE_BYTES, pieces, SESSION_PATH, webSocketUrl } from "./web-socket-route.ts";

describe("WebSocket routes", () => {
  it.each([
    ["https://station.example", "wss://station.example/v1/link"],
    ["http://127.0.0.1:8080/", "ws://127.0.0.1:8080/v1/link"],
    ["https://cdn.example/a/b//", "wss://cdn.example/a/b/v1/link"],
    ["HTTPS://Station.Example:443", "wss://station.example/v1/link"],
    ["http://[::1]:90", "ws://[::1]:90/v1/link"],
    ["wss://station.example/hidden/path", "wss://station.example/hidden/path"],
    ["ws://10.0.0.1:1", "ws://10.0.0.1:1/"],
  ])("maps %s", (route, url) => {
    expect(webSocketUrl(route)).toBe(url);
  });

  it("maps a station's URL to where it takes sessions when asked to", () => {
    expect(webSocketUrl("https://cdn.example/a/", SESSION_PATH)).toBe("wss://cdn.example/a/v1/session");
    expect(webSocketUrl("wss://cdn.example/exact", SESSION_PATH)).toBe("wss://cdn.example/exact");
  });

  it.each([
    "",
    "station.example",
    "ftp://station.example",
    "https://",
    "https://user@station.example",
    "https://station.example/?a=b",
    "https://station.example/#i/abc",
    "https://sta tion.example",
    "https://station.example:99999",
    "javascript:alert(1)",
  ])("refuses %j", (route) => {
    expect(webSocketUrl(route)).toBeUndefined();
  });

  it("cuts long sends into messages that every receiver takes", () => {
    const bytes = Uint8Array.from({ length: 2 * MAX_PIECE_BYTES + 1 }, (_, i) => i & 0xff);
    const cut = pieces(bytes);
    expect(cut.map((piece) => piece.byteLength)).toEqual([MAX_PIECE_BYTES, MAX_PIECE_BYTES, 1]);
    expect(concatBytes(...cut)).toEqual(bytes);
    expect(pieces(new Uint8Array(0))).toEqual([]);
  });

  it("tells from a close code how the link ended", () => {
    expect([1000, 1001, 1005].map(endOfCloseCode)).toEqual(["closed", "closed", "closed"]);
    expect([1003, 1008, 1009].map(endOfCloseCode)).toEqual(["refused", "refused", "refused"]);
    expect([1006, 1011, 4000].map(endOfCloseCode)).toEqual(["lost", "lost", "lost"]);
  });
});
