import { describe, expect, it } from "vitest";
import { addressClass, mayDial, routeClass } from "./address-class.ts";

const CASES = {
  loopback: [
    "127.0.0.1",
    "127.255.0.1",
    "0.0.0.0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::127.0.0.1]",
    "localhost",
    "a.localhost",
    "localhost.",
    "224.0.0.1",
    "255.255.255.255",
    "[ff02::1]",
    "[2001:0:a00:1::1]",
    "192.0.0.170",
  ],
  "link-local": ["169.254.169.254", "[fe80::1]", "[febf::1]", "[::ffff:169.254.1.1]"],
  private: [
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "100.64.0.1",
    "[fc00::1]",
    "[fdff::1]",
    "[fec0::1]",
    "[2002:a00:1::1]",
    "[::10.0.0.1]",
    "printer.local",
    "db.internal",
  ],
  public: [
    "1.1.1.1",
    "172.32.0.1",
    "100.128.0.1",
    "192.169.0.1",
    "[2001:db8::1]",
    "[2002:808:808::1]",
    "[::ffff:8.8.8.8]",
    "chapar.example",
    "169.253.0.1",
  ],
} as const;

describe("address classes", () => {
  for (const [wanted, hosts] of Object.entries(CASES)) {
    it(`W-25 takes what is ${wanted} for ${wanted}`, () => {
      expect(hosts.map((host) => [host, addressClass(host)])).toEqual(hosts.map((host) => [host, wanted]));
    });
  }

  it("W-25 sees through the spellings a URL allows", () => {
    for (const route of [
      "ws://0x7f.1/v1/link",
      "ws://2130706433/",
      "http://127.1",
      "wss://[0:0:0:0:0:ffff:7f00:0001]:8080/",
    ]) {
      expect(routeClass(route), route).toBe("loopback");
    }
    expect(routeClass("not a url")).toBeUndefined();
    expect(routeClass("data:text/plain,hi")).toBeUndefined();
  });

  it("W-25 dials its own class and wider ones only", () => {
    expect(mayDial("public", "public")).toBe(true);
    expect(mayDial("public", "private")).toBe(false);
    expect(mayDial("private", "loopback")).toBe(false);
    expect(mayDial("loopback", "public")).toBe(true);
  });
});
