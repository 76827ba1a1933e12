import { defineConfig } from "vitest/config";

/**
 * Four projects, from fast to slow: `unit` (pure, virtual time), `scenarios` (stories), `contract` (routers and
 * alarms against the AWS simulator and moto), `cluster` (a real etcd, API server and controller manager).
 */
export default defineConfig({
  test: {
    reporters: ["default"],
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: [
            "src/**/*.test.ts",
            "test/aws-simulator/**/*.test.ts",
            "demo/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
        },
      },
      { extends: true, test: { name: "scenarios", include: ["test/scenarios/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "contract",
          include: ["test/contract/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 180_000,
        },
      },
      {
        extends: true,
        test: {
          name: "cluster",
          globalSetup: ["test/control-plane/global-setup.ts"],
          include: [
            "test/target-binder/**/*.test.ts",
            "test/control-plane/**/*.test.ts",
            "test/api/**/*.test.ts",
            "test/cli/**/*.test.ts",
            "test/runtime/**/*.test.ts",
            "test/workloads/**/*.test.ts",
            "test/e2e/**/*.test.ts",
          ],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
