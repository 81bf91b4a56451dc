import { utf8 } from "@chapar/wire/bytes";
import { describe, expect, it } from "vitest";
import { sealStore } from "../store/sealed.ts";
import { describeClientStore } from "../testing/describe-store.ts";
import { openIndexedDbStore } from "./indexeddb-store.ts";
import { browserVault } from "./web-vault.ts";

let made = 0;
const newName = (): string => `test-${performance.timeOrigin}-${++made}`;

describeClientStore("IndexedDbStore", async () => {
  const name = newName();
  return { open: () => openIndexedDbStore(name) };
});

describeClientStore("IndexedDbStore, sealed", async () => {
  const name = newName();
  let fresh = true;
  return {
    open: async () => {
      const vault = await browserVault(name).unlock(fresh);
      fresh = false;
      return sealStore(await openIndexedDbStore(name), vault);
    },
  };
});

describe("IndexedDbStore", () => {
  it("shuts a second opener out with client/profile-in-use until the first closes", async () => {
    const name = newName();
    const store = await openIndexedDbStore(name);
    await expect(openIndexedDbStore(name)).rejects.toMatchObject({ code: "client/profile-in-use" });
    await store[Symbol.asyncDispose]();
    await (await openIndexedDbStore(name))[Symbol.asyncDispose]();
  });

  it("leaves no plaintext, name or id in the database", async () => {
    const inner = await openIndexedDbStore(newName());
    await using store = sealStore(inner, await browserVault(newName()).unlock(true));
    const id = utf8("a-recognisable-id-20");
    await store.write([{ table: "conversation", key: id, value: utf8("Dara") }]);
    const raw = (await inner.range("conversation", {})).map((row) => [...row.key, ...row.value]);
    const text = String.fromCharCode(...raw.flat());
    expect(raw).toHaveLength(1);
    expect(text).not.toContain("Dara");
    expect(text).not.toContain("recognisable");
  });

  it("keeps the profile's keys where script cannot read them out", async () => {
    const name = newName();
    const vault = await browserVault(name).unlock(true);
    const sealed = await vault.seal(utf8("x"), utf8("aad"));
    const again = await browserVault(name).unlock(false);
    expect(await again.open(sealed, utf8("aad"))).toEqual(utf8("x"));
    expect(await again.open(sealed, utf8("other"))).toBeUndefined();
    await expect(browserVault(newName()).unlock(false)).rejects.toMatchObject({ code: "client/bad-profile" });
  });
});
