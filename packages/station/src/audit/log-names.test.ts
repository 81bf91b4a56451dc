import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { ledgerLogKey, logId, type LogId } from "@chapar/wire";
import { LogNames } from "./log-names.ts";

const sha256 = (bytes: Uint8Array): Uint8Array => new Uint8Array(createHash("sha256").update(bytes).digest());
const idOf = (number: number): LogId => logId(sha256(Uint8Array.of(number & 0xff, number >> 8)));

it("K-40 the log under a drawn key is found, in full pages, in the last one, and among logs that came later", async () => {
  const logs: LogId[] = [];
  const grow = (size: number): void => {
    while (logs.length < size) logs.push(idOf(logs.length));
  };
  const read: number[] = [];
  const store = {
    logs: async (after: number, limit: number): Promise<{ mark: number; logs: readonly LogId[] }> => {
      read.push(after);
      const page = logs.slice(after, after + limit);
      return { mark: after + page.length, logs: page };
    },
  };
  const names = new LogNames(store, sha256, async () => undefined);
  const keys = [0, 4095, 4096, 8191, 8192, 9000, 9500].map((number) => ledgerLogKey(idOf(number), sha256));
  expect(await names.find(keys)).toEqual(keys.map(() => undefined));
  grow(9001);
  const [none, ...rest] = (await names.find(keys)).toReversed();
  expect(none).toBeUndefined();
  expect(rest.toReversed()).toEqual([0, 4095, 4096, 8191, 8192, 9000].map(idOf));
  grow(13_000);
  read.length = 0;
  expect(await names.find(keys.slice(5))).toEqual([idOf(9000), idOf(9500)]);
  // Full pages without a drawn log are not read again.
  expect(read).toEqual([8192, 12_288, 8192]);
});
