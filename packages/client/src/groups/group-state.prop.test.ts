import { identityId, stationKey } from "@chapar/wire";
import { array, assert, boolean, nat, property, record, uint8Array, uniqueArray } from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeRoom, encodeRoom, type RoomDescriptor } from "../conversation/room-descriptor.ts";
import { cleanTitle, type GroupState } from "./group-state.ts";

const identity = uint8Array({ minLength: 20, maxLength: 20 }).map((bytes) => identityId(bytes));
const text = (bytes: Uint8Array): string => bytes.join();
const some = (least: number, most: number) =>
  uniqueArray(identity, { minLength: least, maxLength: most, selector: text });
const link = record({
  key: uint8Array({ minLength: 32, maxLength: 32 }),
  by: identity,
  expiresMs: nat(),
  limit: nat(1000),
  used: nat(1000),
  approval: boolean(),
});
const state = record({
  owners: some(1, 4),
  admins: some(0, 4),
  membersAdd: boolean(),
  links: array(link, { maxLength: 3 }),
  barred: some(0, 4),
}).map((rest): GroupState => ({ title: "Mountain walks", ...rest }));

function room(group: GroupState): RoomDescriptor {
  return { hub: { key: stationKey(new Uint8Array(32)), urls: [] }, genesis: new Uint8Array(87), ops: [], group };
}

describe("a group's state", () => {
  it("F-60 comes back as it was written, and fails whole when a byte is missing or added", () => {
    assert(
      property(state, (group) => {
        const encoded = encodeRoom(room(group));
        expect(decodeRoom(encoded)).toEqual({ ok: true, value: room(group) });
        expect(decodeRoom(encoded.subarray(0, -1)).ok).toBe(false);
        expect(decodeRoom(Uint8Array.of(...encoded, 0)).ok).toBe(false);
      }),
    );
  });

  it("F-60 has an owner, nobody twice, and a title that can be read", () => {
    const [sara, dara] = [identityId(new Uint8Array(20).fill(1)), identityId(new Uint8Array(20).fill(2))];
    const good: GroupState = { title: "a", owners: [sara], admins: [dara], membersAdd: false, links: [], barred: [] };
    const isRead = (change: Partial<GroupState>): boolean => decodeRoom(encodeRoom(room({ ...good, ...change }))).ok;
    expect(isRead({})).toBe(true);
    expect(isRead({ owners: [] })).toBe(false);
    expect(isRead({ owners: [sara, sara] })).toBe(false);
    expect(isRead({ admins: [dara, dara] })).toBe(false);
    for (const title of ["", " a", "a\u202eb", "a\nb", "x".repeat(65)]) expect(isRead({ title }), title).toBe(false);
    expect(cleanTitle("  Mountain \n walks ")).toBe("Mountain walks");
  });

  it("F-60 a member's bytes never throw", () => {
    const tail = uint8Array({ maxLength: 600 });
    assert(
      property(tail, (bytes) => {
        const head = encodeRoom(room({ title: "a", owners: [], admins: [], membersAdd: false, links: [], barred: [] }));
        const cut = head.subarray(0, 33 + 1 + 88);
        expect(typeof decodeRoom(Uint8Array.of(...cut, ...bytes)).ok).toBe("boolean");
      }),
    );
  });
});
