/*
 * The conformance suite of the Mls port: everything an implementation must do before it may stand behind it. The hostile
 * peers in it are always ts-mls, whatever is under test; an implementation must speak RFC 9420 with it anyway.
 */
import { beforeEach, describe } from "vitest";
import type { CryptoPort } from "../crypto/port.ts";
import type { SuiteName } from "../mls/suite-names.ts";
import { SUITES } from "../mls/suites.ts";
import { describeBadInput } from "./mls-bad-input.ts";
import { describeConversation, describeSizes } from "./mls-basics.ts";
import { describeChanges } from "./mls-changes.ts";
import { describeDoor, describeExternalJoins } from "./mls-external.ts";
import { describeForgedDoors } from "./mls-forged-doors.ts";
import { type MakeMls, World } from "./mls-party.ts";
import { describeKills, describePersistence } from "./mls-persistence.ts";
import { describeMembershipProbes, describeSecrecyProbes } from "./mls-probes.ts";
import { describeChainKeys, describePsks } from "./mls-psks.ts";
import { describeRoles } from "./mls-roles.ts";

/**
 * Runs the suite on an implementation.
 *
 * @param make   builds the implementation from crypto, credential check and clock
 * @param crypto what the test parties use; the implementation gets the same
 * @param options.suite the suite that `make` builds for, `x-wing` unless said; options.killRuns how many random scripts of kills to run (they look into values of `tsMls`: none
 * for another implementation); options.changeRuns how many of changes
 */
export function describeMls(
  make: MakeMls,
  crypto: () => CryptoPort,
  options?: { readonly suite?: SuiteName; readonly killRuns?: number; readonly changeRuns?: number },
): void {
  let current: World | undefined;
  const world = (): World => current ?? new World(crypto(), make, options?.suite);
  beforeEach(() => {
    current = new World(crypto(), make, options?.suite);
  });
  describe("conversation", () => describeConversation(world));
  describe("changes", () => describeChanges(world, options?.changeRuns ?? 12));
  describe("sizes and keys", () => describeSizes(world));
  describe("membership probes", () => describeMembershipProbes(world));
  describe("secrecy probes", () => describeSecrecyProbes(world));
  describe("roles", () => describeRoles(world));
  describe("external joins", () => describeExternalJoins(world));
  describe("the door", () => describeDoor(world));
  describe("forged doors", () => describeForgedDoors(world));
  describe("pre-shared keys", () => describePsks(world));
  if (options?.suite !== undefined && !SUITES[options.suite].postQuantum)
    describe("chain keys", () => describeChainKeys(world));
  describe("bad input", () => describeBadInput(world));
  describe("persistence", () => describePersistence(world));
  const killRuns = options?.killRuns ?? 25;
  if (killRuns > 0) describe("kills", () => describeKills(world, killRuns));
}
