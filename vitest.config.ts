import { defineConfig } from "vitest/config";

/**
 * Six projects: `unit` needs nothing but Node; `integration` shares one real cluster of its own,
 * started once by its global set-up in a folder and on ports of its own; `cluster` runs on
 * Kubernetes with Knative, with the suites of the local broker and of queries, and `admission` is
 * the part of it for which the API server is enough; `faults` starts, breaks and stops clusters;
 * `browser` opens the pages of a real cluster in Chromium; `contract` asks a real cluster all that
 * the OpenAPI document says.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["integration", "faults", "cluster", "browser", "contract"].map(
            (name) => `test/${name}/**`,
          ),
          // A machine may have other work; what hangs is found all the same.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/integration/**/*.test.ts"],
          globalSetup: ["test/integration/global-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "cluster",
          include: [
            "test/cluster/**/*.test.ts",
            "test/broker/conformance.test.ts",
            ...["queries", "query-input", "query-plans"].map(
              (name) => `test/integration/${name}.test.ts`,
            ),
          ],
          globalSetup: ["test/cluster/global-setup.ts"],
          setupFiles: ["test/cluster/trust.ts"],
          testTimeout: 360_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "admission",
          include: ["test/cluster/admission.test.ts"],
          globalSetup: ["test/cluster/admission-setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/browser/global-setup.ts"],
          // What is not there by then has gone wrong: a machine may have other work.
          expect: { poll: { timeout: 60_000 } },
          testTimeout: 120_000,
          hookTimeout: 1_800_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          // The same cluster as the pages': with the sample.
          globalSetup: ["test/browser/global-setup.ts"],
          testTimeout: 1_200_000,
          hookTimeout: 1_800_000,
        },
      },
      {
        test: {
          name: "faults",
          include: ["test/faults/**/*.test.ts"],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
