import { KubeError } from "../../runtime/kube-error.ts";
import { Problem } from "../problem.ts";

/** What a failed call means for a person. Anything that is no KubeError is passed on as it is. */
export function problemOf(
  error: unknown,
  doing: string,
  where: { namespace: string; server: string },
): unknown {
  if (!(error instanceof KubeError)) return error;
  const said = sentence(error);
  switch (error.reason) {
    case "NotFound":
      return error.details?.name === undefined ? withoutDefinition() : new Problem("notFound", said);
    case "Forbidden":
      return new Problem("failed", `you may not ${doing} in namespace ${where.namespace}`, [said]);
    case "Unauthorized":
    case "Credentials":
      return new Problem("failed", `the cluster at ${where.server} does not take your credentials`, [said]);
    case "Unreachable":
      return new Problem("failed", `the cluster at ${where.server} cannot be reached: ${said}`);
    case "Timeout":
      return new Problem("failed", `the cluster at ${where.server} did not answer in time`);
    case "InvalidResponse":
      return new Problem("failed", `what answers at ${where.server} is no Kubernetes API: ${said}`);
    default:
      return new Problem("failed", `to ${doing} has failed: ${said}`);
  }
}

function withoutDefinition(): Problem {
  return new Problem(
    "notFound",
    "this cluster has no ModelRollouts: the resource definition is not installed",
    [
      "kubectl apply --server-side -f crds/modelrollouts.yaml installs it; --context chooses another cluster.",
    ],
  );
}

/** The API server's own words: `GET /path: 403 Forbidden: sentence` without what stands before it. */
export function sentence({ message }: KubeError): string {
  return message.replace(/^[A-Z]+ \S+: (?:\d* ?\w+: )?/, "");
}
