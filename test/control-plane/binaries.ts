import { fileURLToPath } from "node:url";

/** The folder with the tools-only Go modules (a go.mod and a go.sum each, no code). */
export const toolsFolder = fileURLToPath(new URL("tools", import.meta.url));

/** The Kubernetes version that `tools/kubernetes/go.mod` pins; baked into the binaries as `gitVersion`. */
export const kubernetesVersion = "v1.36.3";

export type BinaryName =
  | "etcd"
  | "kube-apiserver"
  | "kubectl"
  | "kube-controller-manager"
  | "kube-scheduler"
  | "kwok";

/** A program and where its source comes from. */
export type GoProgram = {
  readonly name: string;
  /** Folder under `tools/` whose go.mod pins the version. */
  readonly module: string;
  /** Import path of its main package. */
  readonly package: string;
};

/** One program of the control plane. */
export type Binary = GoProgram & {
  readonly name: BinaryName;
  readonly module: "etcd" | "kubernetes" | "kwok";
};

/** Everything that the control plane runs, in build order. */
export const binaries: readonly Binary[] = [
  { name: "etcd", module: "etcd", package: "go.etcd.io/etcd/server/v3" },
  { name: "kube-apiserver", module: "kubernetes", package: "k8s.io/kubernetes/cmd/kube-apiserver" },
  { name: "kubectl", module: "kubernetes", package: "k8s.io/kubernetes/cmd/kubectl" },
  {
    name: "kube-controller-manager",
    module: "kubernetes",
    package: "k8s.io/kubernetes/cmd/kube-controller-manager",
  },
  { name: "kube-scheduler", module: "kubernetes", package: "k8s.io/kubernetes/cmd/kube-scheduler" },
  { name: "kwok", module: "kwok", package: "sigs.k8s.io/kwok/cmd/kwok" },
];

/** Arguments of `go build` that decide what comes out; a part of the cache key. */
export const buildFlags: readonly string[] = [
  "-trimpath",
  "-ldflags",
  `-s -w -X k8s.io/component-base/version.gitVersion=${kubernetesVersion}`,
];
