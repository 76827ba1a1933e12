import { startSimulatorWorld } from "./alb-simulator-world.ts";
import { routerContract } from "./router-contract.ts";

routerContract("ALB against the AWS simulator", {}, startSimulatorWorld);
