import { describe, it } from "vitest";
import { motoCannot, startMotoWorld } from "./alb-moto-world.ts";
import { prepareMoto } from "./moto.ts";
import { routerContract } from "./router-contract.ts";

const prepared = await prepareMoto();

if ("missing" in prepared) {
  describe.skip(`NOT RUN against moto: ${prepared.missing}`, () => {
    it("router contract: ALB against moto", () => {});
  });
  console.warn(`\n!!! The router contract was NOT run against moto: ${prepared.missing}\n`);
} else {
  routerContract("ALB against moto", motoCannot, () => startMotoWorld(prepared.python));
}
