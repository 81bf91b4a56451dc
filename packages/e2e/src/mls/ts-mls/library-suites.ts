/* Suites as ts-mls names them: a number that its codec does not know travels through it as the decimal string of the number. */
import type { CiphersuiteName } from "ts-mls";
import { ciphersuites } from "ts-mls/crypto/ciphersuite.js";
import { e2eError } from "../../errors.ts";
import { type SuiteName, suiteName } from "../suite-names.ts";

const NUMBERS: ReadonlyMap<string, number> = new Map(Object.entries(ciphersuites));

/** The string under which ts-mls's codec carries a suite's number. */
export function libraryName(id: number): CiphersuiteName {
  const known = Object.entries(ciphersuites).find(([, number]) => number === id);
  return (known?.[0] ?? String(id)) as CiphersuiteName;
}

/** The suite of such a string. @throws E2eError `e2e/bad-record` when it is none of ours: what was checked never has one */
export function suiteNamed(name: string): SuiteName {
  const suite = suiteName(NUMBERS.get(name) ?? Number(name));
  if (suite === undefined) throw e2eError("e2e/bad-record");
  return suite;
}
