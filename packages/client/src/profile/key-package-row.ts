/* A key package of this device as the store has it. */
import type { SuiteName } from "@chapar/e2e";
import { blob, count, fields, flag, oneOf, row, type Row } from "../store/record.ts";

/** A key package of this device: the private half is needed once, to join. */
export interface KeyPackageRow {
  readonly publicBytes: Uint8Array;
  readonly privateBytes: Uint8Array;
  /** order of making */
  readonly number: number;
  readonly published: boolean;
  /** 0 until it was used; only those that a station may give twice are kept after use */
  readonly usedAtMs: number;
  readonly suite: SuiteName;
  /** the last of those that were made and published at once: a station that had no other left may have given it twice (W-23) */
  readonly isLast: boolean;
}

type FirstKeyPackage = Omit<KeyPackageRow, "suite" | "isLast">;
const firstKeyPackage = fields<FirstKeyPackage>({
  publicBytes: blob,
  privateBytes: blob,
  number: count,
  published: flag,
  usedAtMs: count,
});
const suiteField = oneOf<SuiteName>(["x-wing", "x25519"]);

/** Layout of the rows of `key-package`; in the first there was one suite, and any of them may have been the last for a while. */
export const keyPackageRow: Row<KeyPackageRow> = row<KeyPackageRow>(
  2,
  {
    write: (to, value) => {
      firstKeyPackage.write(to, value);
      suiteField.write(to, value.suite);
      flag.write(to, value.isLast);
    },
    read: (from) => ({ ...firstKeyPackage.read(from), suite: suiteField.read(from), isLast: flag.read(from) }),
  },
  { version: 1, read: (from) => ({ ...firstKeyPackage.read(from), suite: "x-wing", isLast: true }) },
);
