import { describe, expect, it } from "vitest";
import { Incoming } from "./incoming.ts";

const byte = (value: number): Uint8Array => Uint8Array.of(value);

describe("incoming bytes", () => {
  it("wait for a receiver and through pauses, in order", () => {
    const incoming = new Incoming();
    const got: number[] = [];
    incoming.push(byte(1));
    incoming.push(byte(2));
    expect(incoming.waitingBytes).toBe(2);
    incoming.receive((chunk) => {
      got.push(...chunk);
      if (chunk[0] === 1) incoming.pause();
    });
    expect(got).toEqual([1]);
    incoming.push(byte(3));
    incoming.resume();
    expect(got).toEqual([1, 2, 3]);
    expect(incoming.waitingBytes).toBe(0);
  });

  it("keep their order when more arrives while they are delivered", () => {
    const incoming = new Incoming();
    const got: number[] = [];
    incoming.push(byte(1));
    incoming.push(byte(2));
    incoming.receive((chunk) => {
      got.push(...chunk);
      if (chunk[0] === 1) incoming.push(byte(3));
    });
    expect(got).toEqual([1, 2, 3]);
  });

  it("are dropped after close, those that wait and those that come", () => {
    const incoming = new Incoming();
    const got: number[] = [];
    incoming.push(byte(1));
    incoming.close();
    incoming.push(byte(2));
    incoming.receive((chunk) => got.push(...chunk));
    expect(got).toEqual([]);
    expect(incoming.waitingBytes).toBe(0);
  });
});
