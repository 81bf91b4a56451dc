/*
 * A reporter that names the tests that failed and those that passed only when tried again, one line each, into a file that
 * `./chapar test` prints at its end.
 */
import { appendFileSync } from "node:fs";
import type { Reporter, TestCase, TestModule } from "vitest/node";

/** The environment's word for where to write. */
export const REPORT_FILE = "CHAPAR_TEST_REPORT";
const MAX_MESSAGE_CHARS = 300;

function tell(word: string, place: string, message: string | undefined): void {
  const file = process.env[REPORT_FILE];
  if (file === undefined) return;
  const said = (message ?? "").replaceAll(/\s+/gu, " ").slice(0, MAX_MESSAGE_CHARS);
  appendFileSync(file, `${word} ${place}${said === "" ? "" : `: ${said}`}\n`);
}

/** The reporter, as vitest loads it. */
// oxlint-disable-next-line import/no-default-export -- vitest takes a reporter file's default export
export default class TestReport implements Reporter {
  onTestCaseResult(test: TestCase): void {
    const place = `${test.module.relativeModuleId} > ${test.fullName}`;
    const result = test.result();
    const [error] = result.errors ?? [];
    if (result.state === "failed") tell("FAILED", place, error?.message);
    else if (test.diagnostic()?.flaky === true) tell("UNSTEADY (passed when tried again)", place, error?.message);
  }

  onTestModuleEnd(module: TestModule): void {
    for (const error of module.errors()) tell("FAILED", module.relativeModuleId, error.message);
  }
}
