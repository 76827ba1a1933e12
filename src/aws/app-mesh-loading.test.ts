import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { createAlbFleet } from "../routers/alb/fleet.ts";
import { createAlbRouter } from "../routers/alb/router.ts";
import { createAppMeshFleet } from "../routers/app-mesh/fleet.ts";
import { createAppMeshRouter } from "../routers/app-mesh/router.ts";
import { createAws } from "./clients.ts";

/** The package is CommonJS underneath, so Node lists its files once they are loaded. */
const isLoaded = (name: string): boolean =>
  Object.keys(createRequire(import.meta.url).cache).some((file) => file.includes(`/@aws-sdk/${name}/`));

const arn = (rest: string): string => `arn:aws:elasticloadbalancing:us-east-1:123456789012:${rest}`;

test("App Mesh's package is loaded when a rollout uses App Mesh, not before", async () => {
  // Port 9 answers nobody: what is read does not matter here.
  const aws = createAws({
    version: "test",
    endpoint: "http://127.0.0.1:9",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
  });
  try {
    await import("../operator.ts");
    const fleets = { alb: createAlbFleet(aws), appMesh: createAppMeshFleet(aws) };
    const groups = { a: arn("targetgroup/shop-a/1"), b: arn("targetgroup/shop-b/2") };
    const rules = [{ arn: arn("listener-rule/app/edge/1/2/3") }];
    const alb = createAlbRouter({
      config: { rules, targetGroups: groups, bindTargets: true },
      fleet: fleets.alb,
    });
    expect((await alb.read({ maxAgeMs: 0 })).targets[0]?.problem?.kind).toBe("unreachable");
    expect(isLoaded("client-elastic-load-balancing-v2")).toBe(true);
    expect(isLoaded("client-app-mesh")).toBe(false);
    expect(isLoaded("client-sts")).toBe(false);

    const mesh = createAppMeshRouter({
      config: {
        region: "us-east-1",
        meshName: "ai",
        virtualRouterName: "shop",
        routeName: "shop",
        virtualNodes: { a: "shop-a", b: "shop-b" },
      },
      fleet: fleets.appMesh,
    });
    expect((await mesh.read({ maxAgeMs: 0 })).targets[0]?.problem?.kind).toBe("unreachable");
    expect(isLoaded("client-app-mesh")).toBe(true);
  } finally {
    aws.destroy();
  }
});
