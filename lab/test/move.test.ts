/* The drill of a move from a dead home, small: real stations on ports of this machine. */
import { expect, it } from "vitest";
import { drillMove } from "../src/move/drill.ts";

it("M-8 M-9 M-12 nothing is lost, nothing stands twice, and everyone is linked again", async () => {
  const command = { contacts: 3, groups: 1, messages: 12, seed: 1, json: true };
  const row = await drillMove(command, { tell: () => undefined, signal: undefined });
  expect(row).toMatchObject({ contacts: 3, groups: 1, messages: 15, lost: 0, repeated: 0, linked: 3 });
});
