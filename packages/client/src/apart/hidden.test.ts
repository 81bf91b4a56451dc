import { stationKey } from "@chapar/wire";
import { expect, it } from "vitest";
import { hidden, relaysOf } from "./hidden.ts";

it("U-3 a lane goes through two relays where it can, through one where it must, and in the open only where there is none", () => {
  const key = stationKey(new Uint8Array(32));
  const open = "https://station.example";
  const one = "relay+wss://one.example/r?station=abc";
  const two = "relay+wss://one.example/r?station=abc&via=def";
  const at = (...urls: readonly string[]) => ({ key, urls });
  expect(hidden(at(open, one, two), true).urls).toEqual([two]);
  expect(hidden(at(open, one), true).urls).toEqual([one]);
  expect(hidden(at(open), true).urls).toEqual([open]);
  expect(hidden(at(open, one, two), false).urls).toEqual([open, one, two]);
  expect([at(open, two), at(open, one), at(open), at()].map((station) => relaysOf(station, true))).toEqual([
    2, 1, 0, 0,
  ]);
  expect(relaysOf(at(one), false)).toBe(0);
});
