import type { DeviceCredential } from "@chapar/e2e";
import { type IdentityId, identityId, stationKey } from "@chapar/wire";
import { describe, expect, it } from "vitest";
import { encodeRoom } from "../conversation/room-descriptor.ts";
import type { GroupState, LinkState } from "./group-state.ts";
import { type Deed, judge } from "./judging.ts";

const id = (fill: number): IdentityId => identityId(new Uint8Array(20).fill(fill));
const [OWNER, ADMIN, MEMBER, OTHER, STRANGER] = [id(1), id(2), id(3), id(4), id(5)] as const;
const device = (identity: IdentityId, number = 0): DeviceCredential => ({
  identity,
  device: new Uint8Array(32).fill(identity[0]! * 10 + number),
});
const STATE: GroupState = {
  title: "Walks",
  owners: [OWNER],
  admins: [ADMIN],
  membersAdd: false,
  links: [],
  barred: [],
};
const LINK: LinkState = { key: new Uint8Array(32), by: ADMIN, expiresMs: 0, limit: 1, used: 0, approval: true };

interface Change {
  readonly before?: Partial<GroupState>;
  readonly after?: Partial<GroupState>;
  readonly add?: readonly DeviceCredential[];
  readonly remove?: readonly DeviceCredential[];
  readonly hub?: number;
}

function deed(by: IdentityId, { before = {}, after = {}, add = [], remove = [], hub = 1 }: Change): Deed {
  const context = (state: GroupState, station: number): Uint8Array =>
    encodeRoom({
      hub: { key: stationKey(new Uint8Array(32).fill(station)), urls: [] },
      genesis: new Uint8Array(87),
      ops: [],
      group: state,
    });
  const was = { ...STATE, ...before };
  return {
    by: device(by),
    before: context(was, 1),
    after: context({ ...was, ...after }, hub),
    members: [OWNER, ADMIN, MEMBER, OTHER].map((one) => device(one)),
    added: add,
    removed: remove,
  };
}

const ALL = [OWNER, ADMIN, MEMBER] as const;

describe("what each role may do", () => {
  it.each<[string, Change, readonly IdentityId[]]>([
    ["renew a leaf", {}, [OWNER, ADMIN, MEMBER]],
    ["add somebody", { add: [device(STRANGER)] }, [OWNER, ADMIN]],
    ["add where members may", { before: { membersAdd: true }, add: [device(STRANGER)] }, [OWNER, ADMIN, MEMBER]],
    [
      "add who was barred",
      { before: { membersAdd: true, barred: [STRANGER] }, after: { barred: [] }, add: [device(STRANGER)] },
      [OWNER, ADMIN],
    ],
    ["take out a member", { remove: [device(OTHER)] }, [OWNER, ADMIN]],
    ["take out an admin with the role", { after: { admins: [] }, remove: [device(ADMIN)] }, [OWNER, ADMIN]],
    ["take out an owner", { after: { owners: [ADMIN] }, remove: [device(OWNER)] }, [OWNER]],
    ["rename", { after: { title: "Mine" } }, [OWNER, ADMIN]],
    ["change what members may", { after: { membersAdd: true } }, [OWNER, ADMIN]],
    ["make a link", { after: { links: [LINK] } }, [OWNER, ADMIN]],
    ["count a use of a link back", { before: { links: [{ ...LINK, used: 1 }] }, after: { links: [LINK] } }, []],
    ["forget who was barred", { before: { barred: [STRANGER] }, after: { barred: [] } }, [OWNER, ADMIN]],
    ["make somebody admin", { after: { admins: [ADMIN, OTHER] } }, [OWNER]],
    ["make somebody owner", { after: { owners: [OWNER, OTHER] } }, [OWNER]],
    ["unmake the owner", { after: { owners: [OTHER] } }, [OWNER]],
    ["move the room", { hub: 2 }, []],
  ])("F-62 %s", (_, change, may) => {
    // An admin who takes out itself by its own device is the row of that name; MLS refuses it before anybody judges.
    for (const by of ALL) expect(judge(deed(by, change)) === undefined, String(by[0])).toBe(may.includes(by));
  });

  it("F-62 nobody appoints themselves, and everybody may step down", () => {
    expect(judge(deed(MEMBER, { after: { admins: [ADMIN, MEMBER] } }))).toBe("may-not-appoint");
    expect(judge(deed(MEMBER, { after: { owners: [OWNER, MEMBER] } }))).toBe("may-not-appoint");
    expect(judge(deed(ADMIN, { after: { owners: [OWNER, ADMIN], admins: [] } }))).toBe("may-not-appoint");
    expect(judge(deed(ADMIN, { after: { admins: [] } }))).toBeUndefined();
    expect(judge(deed(OWNER, { before: { owners: [OWNER, OTHER] }, after: { owners: [OTHER] } }))).toBeUndefined();
  });

  it("F-62 devices of one's own come and go by oneself; a role without a leaf does not stand", () => {
    expect(judge(deed(MEMBER, { add: [device(MEMBER, 1)] }))).toBeUndefined();
    const two = { ...deed(MEMBER, {}), members: [...deed(MEMBER, {}).members, device(MEMBER, 1)] };
    expect(judge({ ...two, removed: [device(MEMBER, 1)] })).toBeUndefined();
    expect(judge(deed(OWNER, { remove: [device(ADMIN)] }))).toBe("role-without-leaf");
    expect(judge(deed(OWNER, { after: { admins: [ADMIN, STRANGER] } }))).toBe("role-without-leaf");
  });

  it("F-75 F-62 a link keeps its terms, counts those who come and nobody beyond its limit; who is barred does not come", () => {
    const links = (before: LinkState | undefined, after: LinkState, add: readonly DeviceCredential[] = []) =>
      judge(deed(OWNER, { before: { links: before === undefined ? [] : [before] }, after: { links: [after] }, add }));
    const used = (count: number, limit = 1): LinkState => ({ ...LINK, limit, used: count });
    expect(links(used(0), used(1), [device(STRANGER)])).toBeUndefined();
    expect(links(used(0), used(0), [device(STRANGER)])).toBeUndefined();
    expect(links(used(7, 0), used(8, 0), [device(STRANGER)])).toBeUndefined();
    expect(links(used(0), used(1))).toBe("bad-use");
    expect(links(used(0, 5), used(2, 5), [device(STRANGER)])).toBe("bad-use");
    expect(links(used(1), used(2), [device(STRANGER)])).toBe("bad-use");
    expect(links(undefined, used(1), [device(STRANGER)])).toBe("bad-use");
    for (const other of [{ limit: 9 }, { approval: false }, { expiresMs: 1 }, { by: OTHER }])
      expect(links(LINK, { ...LINK, ...other })).toBe("bad-use");
    expect(judge(deed(OWNER, { before: { barred: [STRANGER] }, add: [device(STRANGER)] }))).toBe("barred");
  });
});

describe("devices of those who are in", () => {
  const [old, fresh] = [device(OTHER), device(OTHER, 1)];
  const isRevoked =
    (list: readonly DeviceCredential[]): NonNullable<Deed["isRevoked"]> =>
    (one) =>
      list.includes(one);

  it.each(ALL)("F-101 nobody brings in a device of somebody else, whatever they may do otherwise", (by) => {
    for (const before of [{}, { membersAdd: true }])
      expect(judge(deed(by, { before, add: [fresh] }))).toBe("not-theirs");
    expect(judge(deed(OTHER, { add: [fresh] }))).toBeUndefined();
  });

  it.each(ALL)("F-101 anybody puts one in the place of leaves that are of no use, and of no others", (by) => {
    const swap = deed(by, { add: [fresh], remove: [old] });
    expect(judge({ ...swap, isRevoked: isRevoked([old]) })).toBeUndefined();
    expect(judge(swap)).toBe("not-theirs");
    expect(judge({ ...swap, members: [...swap.members, device(OTHER, 2)], isRevoked: isRevoked([old]) })).toBe(
      "not-theirs",
    );
    expect(judge(deed(by, { add: [old], remove: [old] }))).toBeUndefined();
  });

  it("F-101 a revoked leaf goes by anybody's hand, a person's last one by those who take people out", () => {
    const gone = deed(MEMBER, { remove: [old] });
    const both = { ...gone, members: [...gone.members, fresh] };
    expect(judge({ ...both, isRevoked: isRevoked([old]) })).toBeUndefined();
    expect(judge(both)).toBe("may-not-remove");
    expect(judge({ ...gone, isRevoked: isRevoked([old]) })).toBe("may-not-remove");
    expect(judge({ ...deed(ADMIN, { remove: [old] }), isRevoked: isRevoked([old]) })).toBeUndefined();
  });
});
