import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Frame } from "@chapar/wire";
import { FRAME_ARBITRARIES } from "@chapar/wire/testing";
import { cargoOf, wantedClasses, WRITE_CLASSES } from "./classes.ts";

/** Fields in which people's data travel. */
const OF_PEOPLE = ["entry", "entries", "ops", "packages", "devices", "bytes", "report", "endpoint", "genesis"];

describe("classes of what a station writes and says", () => {
  it("K-10 every frame with something of people in it has a class, and what only asks or refuses has none", () => {
    const classes = new Map<string, string | undefined>();
    fc.assert(
      fc.property(fc.oneof(...Object.values(FRAME_ARBITRARIES)), (frame) => {
        const cargo = cargoOf(frame as Frame);
        const holds = OF_PEOPLE.some((field) => field in frame.body);
        if (holds) expect(cargo, frame.body.type).toBeDefined();
        classes.set(frame.body.type, cargo?.of);
      }),
      { numRuns: 2_000 },
    );
    expect(classes.get("log.push")).toBe("envelope");
    expect(classes.get("identity.anchor")).toBe("own-act");
    expect(classes.get("blob")).toBe("blob");
    expect(classes.get("keys.taken")).toBe("account");
    for (const silent of ["greet", "done", "error", "goodbye", "blob.get"]) expect(classes.get(silent)).toBeUndefined();
  });

  it("K-10 entries count one by one", () => {
    const body = { type: "log.push", log: new Uint8Array(32), first: 0, entries: [1, 2, 3], head: new Uint8Array(0) };
    expect(cargoOf({ kind: "notice", body } as unknown as Frame)).toEqual({ of: "envelope", objects: 3 });
  });

  it("K-10 a change of the store that holds something of people has a class", () => {
    for (const kind of ["account", "key-package", "chunk", "log", "blob", "reader", "removal", "ledger-leaf"] as const)
      expect(WRITE_CLASSES[kind]).toBeDefined();
    expect(WRITE_CLASSES.peer).toBeUndefined();
  });

  it("K-13 whoever wants a room wants its entries and what is signed of them", () => {
    expect(wantedClasses("peer.mirror")).toEqual(["envelope", "commitment"]);
    expect(wantedClasses("ping")).toEqual([]);
  });
});
