import { defineConfig } from "vitest/config";

/**
 * Projects, from fast to slow: `unit` (pure, virtual time), `scenarios` (stories), `contract` (routers and
 * alarms against the AWS simulator and moto), `cluster` (a real etcd, API server and controller manager), `e2e`
 * (the operator as a process in a whole world). `long` is not part of `npm test`: `npm run e2e:long`.
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
            "bench/**/*.test.ts",
            "scripts/**/*.test.ts",
          ],
        },
      },
      { extends: true, test: { name: "scenarios", include: ["test/scenarios/**/*.test.ts"] } },
      {
        extends: true,
        test: {
          name: "simulation",
          include: ["test/simulation/**/*.test.ts"],
          testTimeout: 600_000,
        },
      },
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
            "test/packaging/**/*.test.ts",
            "test/docs/**/*.test.ts",
          ],
          exclude: ["test/**/*.long.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          fileParallelism: false,
        },
      },
      {
        extends: true,
        test: {
          name: "e2e",
          globalSetup: ["test/control-plane/global-setup.ts"],
          include: ["test/e2e/**/*.test.ts"],
          exclude: ["test/e2e/in-place-*bare.test.ts", "test/**/*.long.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // The files mostly wait for pods and polls; each has a namespace and an operator of its own.
          maxWorkers: 3,
        },
      },
      {
        extends: true,
        test: {
          name: "long",
          globalSetup: ["test/control-plane/global-setup.ts"],
          // Rolling in place without the admission policies, as before Kubernetes 1.36: the same cases once more; and what
          // takes longer than a change should wait for.
          include: ["test/e2e/in-place-*bare.test.ts", "test/**/*.long.test.ts"],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          maxWorkers: 2,
        },
      },
    ],
  },
});
