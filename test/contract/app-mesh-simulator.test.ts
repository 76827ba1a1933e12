import { cannot, startMeshWorld } from "./app-mesh-simulator-world.ts";
import { routerContract } from "./router-contract.ts";

routerContract("App Mesh against the AWS simulator", cannot, startMeshWorld);
