import { describe, expect, it } from "vitest";
import { networkOf } from "./network-name.ts";

const ROUTES = [
  "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT",
  "eth0\t0000FEA9\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0",
  "eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0",
].join("\n");
const neighbours = (hardware: string): string =>
  [
    "IP address       HW type     Flags       HW address            Mask     Device",
    "192.168.1.7      0x1         0x2         02:00:00:00:00:07     *        eth0",
    `192.168.1.1      0x1         0x2         ${hardware}     *        eth0`,
  ].join("\n");

describe("a network's name", () => {
  it("P-45 is its gateway, so that two networks with the same addresses differ", () => {
    const cafe = networkOf(ROUTES, neighbours("02:00:00:00:00:01"));
    expect(cafe).toBe("192.168.1.1 02:00:00:00:00:01");
    expect(networkOf(ROUTES, neighbours("02:00:00:00:00:01"))).toBe(cafe);
    expect(networkOf(ROUTES, neighbours("02:00:00:00:00:02"))).not.toBe(cafe);
  });

  it("P-45 is the device when the gateway is not known yet, and nothing without a default route", () => {
    expect(networkOf(ROUTES, "")).toBe("192.168.1.1 eth0");
    expect(networkOf(ROUTES.split("\n").slice(0, 2).join("\n"), neighbours("02:00:00:00:00:01"))).toBeUndefined();
    expect(networkOf("", "")).toBeUndefined();
  });
});
