/* Who may change what: rules G-57 and G-58 of protocol/4-groups.md §8, with members whose client does not ask. */
import { equalBytes, utf8 } from "@chapar/wire/bytes";
import { expect, it } from "vitest";
import type { Allow, DeviceCredential } from "../mls/port.ts";
import { tsMls } from "../mls/ts-mls/ts-mls.ts";
import { addAll, codeOf, commitTo, type Party, type World } from "./mls-party.ts";
import { forgeCommit } from "./ts-mls-forge.ts";

/** A policy as a client has it: one admin, named in the context by device; others may only renew their own keys. */
const onlyAdmin: Allow = ({ by, added, removed, before, after }) =>
  equalBytes(before.slice(-32), by.credential.device) ||
  (added.length === 0 && removed.length === 0 && equalBytes(before, after));

function rolesOf(admin: DeviceCredential): Uint8Array {
  return new Uint8Array([...utf8("admin:"), ...admin.device]);
}

/** Sara is admin; Mallory is ts-mls whatever is under test, and its frames are made without asking anyone. */
async function withAdmin(world: World): Promise<[Party, Party, Party]> {
  const sara = await world.party();
  await sara.create(rolesOf(sara.device.credential));
  const [dara, mallory] = [await world.party(), await world.party((parts) => tsMls({ ...parts, suite: world.suite }))];
  world.allow = onlyAdmin;
  await addAll(sara, [
    { party: dara, keyPackage: await dara.mls.keyPackage(dara.device) },
    { party: mallory, keyPackage: await mallory.mls.keyPackage(mallory.device) },
  ]);
  return [sara, dara, mallory];
}

async function expectTalking(parties: readonly Party[]): Promise<void> {
  for (const sender of parties) {
    const frame = await sender.seal("still");
    for (const reader of parties) if (reader !== sender) expect(await reader.read(frame)).toBe("still");
  }
}

export function describeRoles(world: () => World): void {
  it("G-57 a member without the right makes no commit that adds, removes or changes the context; renewing itself it may", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAdmin(it);
    const newcomer = await it.party();
    const { publicBytes } = await newcomer.mls.keyPackage(newcomer.device);
    const { length: asked } = it.changes;
    for (const change of [{ add: [publicBytes] }, { remove: [0] }, { context: rolesOf(dara.device.credential) }])
      expect(await codeOf(dara.pend(change))).toBe("e2e/not-allowed");
    expect(it.changes.length - asked).toBe(3);
    expect([...dara.records.keys()]).not.toContain("pending");
    await commitTo(dara, [sara, mallory]);
    await expectTalking([sara, dara, mallory]);
  });

  it("G-57 forged commits of a member without the right are refused by every reader, also by whom they remove", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAdmin(it);
    const newcomer = await it.party();
    const { publicBytes } = await newcomer.mls.keyPackage(newcomer.device);
    const extensions = [{ type: 0xf0c1, data: rolesOf(mallory.device.credential) }];
    for (const forgery of [
      { add: [publicBytes] },
      { remove: [sara.group.ownLeaf] },
      { remove: [sara.group.ownLeaf, dara.group.ownLeaf] },
      { extensions },
      { remove: [dara.group.ownLeaf], add: [publicBytes], extensions },
    ]) {
      const frame = await forgeCommit(it.crypto, mallory.group, it.suite, forgery);
      for (const reader of [sara, dara]) {
        const before = reader.group;
        expect(await codeOf(reader.open(frame))).toBe("e2e/not-allowed");
        expect(reader.group).toBe(before);
      }
    }
    await expectTalking([sara, dara, mallory]);
    await commitTo(sara, [dara, mallory], { context: rolesOf(dara.device.credential) });
    await commitTo(dara, [sara, mallory]);
    await commitTo(dara, [sara], { remove: [mallory.group.ownLeaf] });
    await expectTalking([sara, dara]);
  });

  it("G-57 a commit that makes its maker admin is judged by the roles before it, not by those it brings", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAdmin(it);
    const extensions = [{ type: 0xf0c1, data: rolesOf(mallory.device.credential) }];
    const frame = await forgeCommit(it.crypto, mallory.group, it.suite, { remove: [dara.group.ownLeaf], extensions });
    it.changes.length = 0;
    expect(await codeOf(sara.open(frame))).toBe("e2e/not-allowed");
    expect(it.changes).toHaveLength(1);
    expect(it.changes[0]).toMatchObject({
      before: rolesOf(sara.device.credential),
      after: rolesOf(mallory.device.credential),
      removed: [{ leaf: dara.group.ownLeaf }],
    });
  });

  it("G-57 a hook that fails refuses: the commit is not taken, and can be taken later", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAdmin(it);
    const pending = await sara.pend({});
    await sara.merge(pending);
    it.allow = () => {
      throw new RangeError("a client's own fault");
    };
    const before = dara.group;
    await expect(dara.open(pending.frame)).rejects.toThrow("a client's own fault");
    expect(dara.group).toBe(before);
    it.allow = onlyAdmin;
    for (const reader of [dara, mallory]) await reader.open(pending.frame);
    await expectTalking([sara, dara, mallory]);
  });

  it("G-58 whoever opens a commit is told who made it, whom it brings and takes, and both contexts", async () => {
    const it = world();
    const [sara, dara, mallory] = await withAdmin(it);
    const newcomer = await it.party();
    const keyPackage = await newcomer.mls.keyPackage(newcomer.device);
    const [before, after] = [rolesOf(sara.device.credential), rolesOf(dara.device.credential)];
    const pending = await sara.pend({
      add: [keyPackage.publicBytes],
      remove: [mallory.group.ownLeaf],
      context: after,
    });
    const told = await dara.open(pending.frame);
    expect(told).toMatchObject({
      kind: "commit",
      change: {
        kind: "commit",
        epoch: 1,
        by: { leaf: 0, credential: sara.device.credential },
        added: [newcomer.device.credential],
        removed: [{ leaf: 2, credential: mallory.device.credential }],
        before,
        after,
      },
    });
    expect(told.kind === "commit" && told.change.members).toHaveLength(3);
    expect(dara.group.context).toEqual(after);
    expect(await mallory.open(pending.frame)).toMatchObject({ left: true, change: { by: { leaf: 0 }, after } });
  });
}
