import { isServing, type Pod, type Service, type ServicePort, type TargetGroupBinding } from "./objects.ts";

/** One address behind a target group. */
export type Target = { readonly ip: string; readonly port: number };

/** The key by which targets are compared. */
export function targetKey({ ip, port }: Target): string {
  return `${ip}:${port}`;
}

/**
 * What a binding's target group shall hold: the address of each Ready pod of its Service, with the port that the
 * Service's port leads to. A Service that does not exist, or has no such port, has no pods: as the AWS Load Balancer
 * Controller does, the group is emptied.
 */
export function desiredTargets(
  binding: TargetGroupBinding,
  service: Service | undefined,
  pods: Iterable<Pod>,
): readonly Target[] {
  const wanted = binding.spec.serviceRef.port;
  const port = service?.spec.ports?.find((each) => each.port === wanted || each.name === wanted);
  if (binding.metadata.deletionTimestamp !== undefined || service === undefined || port === undefined)
    return [];
  return addressesOf(service, port, pods);
}

/** The address of each Ready pod that a Service selects, with the port that this port of it leads to. */
export function addressesOf(service: Service, port: ServicePort, pods: Iterable<Pod>): readonly Target[] {
  const { selector } = service.spec;
  if (selector === undefined) return [];
  const targetPort = port.targetPort ?? port.port;
  return [...pods]
    .filter((pod) => pod.metadata.namespace === service.metadata.namespace)
    .filter((pod) => isServing(pod) && selects(selector, pod))
    .flatMap((pod) => {
      const ip = pod.status?.podIP;
      const number = containerPort(pod, targetPort);
      return ip === undefined || number === undefined ? [] : [{ ip, port: number }];
    });
}

function selects(selector: Record<string, string>, pod: Pod): boolean {
  return Object.entries(selector).every(([key, value]) => pod.metadata.labels?.[key] === value);
}

/** A named target port is looked up in each pod: two versions may serve it on different numbers. */
function containerPort(pod: Pod, targetPort: number | string): number | undefined {
  if (typeof targetPort === "number") return targetPort;
  const ports = pod.spec.containers.flatMap((container) => container.ports ?? []);
  return ports.find(({ name }) => name === targetPort)?.containerPort;
}
