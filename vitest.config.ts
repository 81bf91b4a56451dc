/*
 * Five projects of one runner, so that a port's conformance suite is the same code on every platform: `node` are the unit
 * tests beside the code, `scenario` several parties or processes (test/ folders), `lab` namespaces as root, `web` the same suites in a real Chromium
 * (*.web.test.ts), `e2e` what a person does, with real processes and a real browser.
 */
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const chromium = process.env["CHAPAR_CHROMIUM"] ?? "/usr/bin/chromium";

export default defineConfig({
  test: {
    // The runner would leave one of two cores to itself, and take twice as long.
    maxWorkers: 2,
    // `./chapar test` gives a test a second try and then names it as unsteady (scripts/test-report.ts); by hand none has one.
    retry: Number(process.env["CHAPAR_SECOND_TRIES"] ?? 0),
    projects: [
      {
        test: {
          name: "node",
          // No test replaces a module, so files may share a process: a third of the time was starting one for each.
          isolate: false,
          include: ["{packages,apps}/*/src/**/*.test.ts", "{lab,bench}/src/**/*.test.ts", "scripts/**/*.test.ts"],
          exclude: ["**/node_modules/**", "**/*.web.test.ts", "**/*.scenario.test.ts"],
          testTimeout: 60_000,
        },
      },
      {
        test: {
          name: "scenario",
          // As above: of many short files a quarter of the time was loading the same code anew.
          isolate: false,
          include: ["{packages,apps}/*/test/**/*.test.ts", "{packages,apps}/*/src/**/*.scenario.test.ts"],
          exclude: ["**/node_modules/**", "**/*.web.test.ts", "**/*.e2e.test.ts"],
          testTimeout: 240_000,
        },
      },
      {
        test: {
          name: "lab",
          include: ["lab/test/**/*.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          // Each test builds a network of its own; two at once would share the processor that they measure on.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "web",
          include: ["{packages,apps}/*/src/**/*.web.test.ts", "{packages,apps}/*/test/**/*.web.test.ts"],
          exclude: ["**/node_modules/**"],
          // A browser cannot listen: what the carrier suite dials runs here.
          globalSetup: ["packages/carrier/test/peers.setup.ts"],
          testTimeout: 30_000,
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                executablePath: chromium,
                args: [
                  "--no-sandbox",
                  "--disable-gpu",
                  "--disable-quic",
                  "--no-first-run",
                  "--disable-background-networking",
                  "--disable-component-update",
                  "--disable-sync",
                ],
              },
            }),
            instances: [{ browser: "chromium" }],
          },
        },
      },
      {
        test: {
          name: "e2e",
          include: ["{packages,apps}/*/test/**/*.e2e.test.ts"],
          exclude: ["**/node_modules/**"],
          testTimeout: 300_000,
          hookTimeout: 120_000,
          // Programs and browsers mostly wait, for each other and for the minutes that a letter is kept: a third file takes what is left.
          maxWorkers: 3,
        },
      },
    ],
  },
});
