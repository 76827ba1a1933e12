import { join } from "node:path";
import type { Credentials } from "./credentials.ts";

/** Arguments of etcd: data that nobody misses is not synced to disk. */
export function etcdArguments(folder: string, clientPort: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${clientPort}`;
  const peer = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    "--log-level=warn",
  ];
}

/** What the API server is told. */
export type ApiServerSettings = {
  readonly folder: string;
  readonly port: number;
  readonly etcdPort: number;
  readonly credentials: Credentials;
  readonly auditPolicyFile: string;
  readonly auditLog: string;
};

/** Arguments of kube-apiserver: RBAC, static tokens and service accounts, a self-signed certificate, an audit log. */
export function apiServerArguments(settings: ApiServerSettings): string[] {
  const { credentials } = settings;
  return [
    `--etcd-servers=http://127.0.0.1:${settings.etcdPort}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    // The endpoints of the Service "kubernetes" may not be a loopback address; nobody needs them here.
    "--endpoint-reconciler-type=none",
    `--secure-port=${settings.port}`,
    `--cert-dir=${join(settings.folder, "certificates")}`,
    `--token-auth-file=${credentials.tokenFile}`,
    `--service-account-key-file=${credentials.serviceAccountPublicKey}`,
    `--service-account-signing-key-file=${credentials.serviceAccountKey}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    "--authorization-mode=RBAC",
    "--service-cluster-ip-range=10.96.0.0/16",
    // No token is mounted into pods that never run. Without the second, nodes keep a NoSchedule taint that only the
    // node-lifecycle controller would remove.
    "--disable-admission-plugins=ServiceAccount,TaintNodesByCondition",
    `--audit-policy-file=${settings.auditPolicyFile}`,
    `--audit-log-path=${settings.auditLog}`,
    "--audit-log-mode=blocking",
    "--profiling=false",
  ];
}

const controllers = [
  "deployment-controller",
  "replicaset-controller",
  "garbage-collector-controller",
  "namespace-controller",
  "endpointslice-controller",
  "serviceaccount-controller",
  "disruption-controller",
  "clusterrole-aggregation-controller",
];

/** Arguments of kube-controller-manager: the controllers that a Deployment behind a Service meets. */
export function controllerManagerArguments(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    `--controllers=${controllers.join(",")}`,
    "--leader-elect=false",
    "--use-service-account-credentials=false",
    "--secure-port=0",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
    "--profiling=false",
  ];
}

/** Arguments of kube-scheduler. */
export function schedulerArguments(kubeconfig: string): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--secure-port=0",
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
    "--profiling=false",
  ];
}

/** Arguments of kwok, which plays the kubelets: `stages` say what pods do. */
export function kwokArguments(kubeconfig: string, port: number, stages: readonly string[]): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=0",
    "--node-ip=192.168.0.10",
    `--server-address=127.0.0.1:${port}`,
    ...stages.map((file) => `--config=${file}`),
  ];
}
