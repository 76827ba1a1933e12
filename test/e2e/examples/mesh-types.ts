import type { Simulator } from "../../aws-simulator/simulator.ts";
import type { Arguments, Attributes, ResourceTypes, Shape, Value } from "./terraform.ts";

const listener: Shape = { blocks: { port_mapping: { required: ["port", "protocol"] } } };
const block = (value: Value | undefined): Arguments => (value ?? {}) as Arguments;

const listenersOf = (spec: Arguments): object[] => {
  const { port, protocol } = block(block(spec["listener"])["port_mapping"]);
  return [{ portMapping: { port, protocol } }];
};

const tagsOf = ({ tags }: Arguments): object[] =>
  Object.entries(block(tags)).map(([key, value]) => ({ key, value }));

/** What an example's mesh is made of. */
export function meshTypes(simulator: Simulator): ResourceTypes {
  const create = (operation: string, input: object): Attributes => {
    simulator.invoke("appmesh", operation, input);
    return {};
  };
  return {
    aws_appmesh_mesh: {
      required: ["name"],
      optional: ["tags"],
      make: (given) => create("CreateMesh", { meshName: given["name"], tags: tagsOf(given) }),
    },
    aws_appmesh_virtual_node: {
      required: ["name", "mesh_name"],
      blocks: {
        spec: {
          blocks: { listener, service_discovery: { blocks: { dns: { required: ["hostname"] } } } },
        },
      },
      make: (given) => {
        const spec = block(given["spec"]);
        const { hostname } = block(block(spec["service_discovery"])["dns"]);
        return create("CreateVirtualNode", {
          meshName: given["mesh_name"],
          virtualNodeName: given["name"],
          spec: { listeners: listenersOf(spec), serviceDiscovery: { dns: { hostname } } },
        });
      },
    },
    aws_appmesh_virtual_router: {
      required: ["name", "mesh_name"],
      blocks: { spec: { blocks: { listener } } },
      make: (given) =>
        create("CreateVirtualRouter", {
          meshName: given["mesh_name"],
          virtualRouterName: given["name"],
          spec: { listeners: listenersOf(block(given["spec"])) },
        }),
    },
    aws_appmesh_route: {
      required: ["name", "mesh_name", "virtual_router_name"],
      optional: ["tags"],
      blocks: {
        spec: {
          blocks: {
            http_route: {
              blocks: {
                match: { required: ["prefix"] },
                action: { blocks: { weighted_target: { required: ["virtual_node", "weight"], many: true } } },
              },
            },
          },
        },
      },
      make: (given) => {
        const route = block(block(given["spec"])["http_route"]);
        const targets = (block(route["action"])["weighted_target"] ?? []) as readonly Arguments[];
        const weightedTargets = targets.map((each) => ({
          virtualNode: each["virtual_node"],
          weight: each["weight"],
        }));
        return create("CreateRoute", {
          meshName: given["mesh_name"],
          virtualRouterName: given["virtual_router_name"],
          routeName: given["name"],
          spec: {
            httpRoute: { match: { prefix: block(route["match"])["prefix"] }, action: { weightedTargets } },
          },
          tags: tagsOf(given),
        });
      },
    },
  };
}
