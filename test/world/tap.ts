import { writeFile } from "node:fs/promises";
import {
  Agent as HttpAgent,
  request as httpRequest,
  type IncomingMessage,
  type RequestOptions,
  type ServerResponse,
} from "node:http";
import { Agent as HttpsAgent, request as httpsRequest } from "node:https";
import { join } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { type Listening, listen } from "../aws-simulator/listening.ts";

/** One request of the operator on its way. */
export type TappedRequest = {
  readonly service: "aws" | "kubernetes";
  /** The operation (`ModifyRule`), or the verb and the resource (`update modelrollouts/status`, `watch pods`). */
  readonly name: string;
  /** May change something there. */
  readonly writes: boolean;
  /** Of temporary credentials of AWS. */
  readonly token?: string;
};

/**
 * What becomes of a request. `lose`: it never arrives. `loseAnswer`: it arrives and takes effect, and its answer is
 * thrown away when it is back. Either way the operator's connection breaks.
 */
export type Fate = "pass" | "lose" | "loseAnswer";

/** How the line to a service is: open, `cut` (connections are reset), or `silent` (requests wait for ever). */
export type Line = "open" | "cut" | "silent";

/** The wires of one operator process: everything that it says to the API server and to AWS goes through here. */
export type Tap = {
  /** For `--kubeconfig`. */
  readonly kubeconfigPath: string;
  /** For `AWS_ENDPOINT_URL`. */
  readonly awsEndpoint: string;
  /** Asked for each request before it is forwarded. */
  judge(judge: (request: TappedRequest) => Fate): void;
  /** Told when a request is lost, before the operator's connection breaks. */
  onLost(lost: (request: TappedRequest) => void): void;
  /** `cut` and `silent` are for what is under way as well; when the line is opened, what has waited goes on. */
  set(line: Line, service?: TappedRequest["service"]): void;
  close(): Promise<void>;
};

/** Where the wires lead. */
export type TapOptions = {
  /** The user and the API server. */
  readonly kubeconfigPath: string;
  readonly awsEndpoint: string;
  /** For the kubeconfig that is made here. */
  readonly folder: string;
  /** Default `open`. */
  readonly line?: Line;
};

const services = ["aws", "kubernetes"] as const;
const verbs: Readonly<Record<string, string>> = {
  GET: "get",
  POST: "create",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

let made = 0;

/** Puts a tap between an operator that is yet to be started and its two services. Plain HTTP on the operator's side. */
export async function startTap(options: TapOptions): Promise<Tap> {
  const upstream = new KubeConfig();
  upstream.loadFromFile(options.kubeconfigPath);
  const cluster = upstream.getCurrentCluster();
  const ca = cluster?.caData === undefined ? undefined : Buffer.from(cluster.caData, "base64").toString();
  const agents = { https: new HttpsAgent({ keepAlive: true }), http: new HttpAgent({ keepAlive: true }) };
  const lines = new Map<TappedRequest["service"], Line>(
    services.map((service) => [service, options.line ?? "open"]),
  );
  const underWay = new Map<ServerResponse, { service: TappedRequest["service"]; from?: IncomingMessage }>();
  let waiting: { readonly service: TappedRequest["service"]; readonly go: () => void }[] = [];
  let judge: (request: TappedRequest) => Fate = () => "pass";
  let lost: (request: TappedRequest) => void = () => undefined;

  const cut = (request: IncomingMessage): void => void request.socket.resetAndDestroy();

  const opened = async (service: TappedRequest["service"]): Promise<boolean> => {
    while (lines.get(service) === "silent") {
      await new Promise<void>((go) => void waiting.push({ service, go }));
    }
    return lines.get(service) === "open";
  };

  const send = (request: IncomingMessage, tapped: TappedRequest) => {
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const shared: RequestOptions = { method: request.method ?? "GET", headers };
    const path = request.url ?? "/";
    if (tapped.service === "aws") {
      return httpRequest(new URL(path, options.awsEndpoint), { ...shared, agent: agents.http });
    }
    const target = new URL(path, cluster?.server ?? "");
    const trust = ca === undefined ? { rejectUnauthorized: false } : { ca };
    return httpsRequest(target, { ...shared, ...trust, agent: agents.https });
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await wholeBody(request);
    const tapped = nameOf(request, body);
    const entry: { service: TappedRequest["service"]; from?: IncomingMessage } = { service: tapped.service };
    underWay.set(response, entry);
    response.on("close", () => underWay.delete(response));
    if (!(await opened(tapped.service))) return cut(request);
    // Its sender gave up while it waited.
    if (request.socket.destroyed) return;
    const fate = judge(tapped);
    if (fate === "lose") {
      lost(tapped);
      return cut(request);
    }
    const sent = send(request, tapped);
    sent.on("error", () => cut(request));
    sent.on("response", (answer) => {
      answer.on("error", () => cut(request));
      if (fate === "loseAnswer") {
        answer.resume().on("end", () => {
          lost(tapped);
          cut(request);
        });
        return;
      }
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      response.flushHeaders();
      entry.from = answer;
      answer.pipe(response);
    });
    // A watch that nobody listens to any more. A request that was sent takes its effect.
    if (tapped.name.startsWith("watch ")) response.on("close", () => sent.destroy());
    sent.end(body);
  };

  const server: Listening = await listen((request, response) => {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    serve(request, response).catch(() => request.socket.destroy());
  });
  const endpoint = `http://127.0.0.1:${server.port}`;
  const kubeconfigPath = join(options.folder, `tap-${++made}.kubeconfig`);
  await writeFile(kubeconfigPath, throughProxy(upstream, endpoint), { mode: 0o600 });
  return {
    kubeconfigPath,
    awsEndpoint: endpoint,
    judge: (next) => {
      judge = next;
    },
    onLost: (next) => {
      lost = next;
    },
    set: (line, service) => {
      const concerned = service === undefined ? services : [service];
      for (const each of concerned) lines.set(each, line);
      for (const [response, { service: of, from }] of underWay) {
        if (line === "open" || !concerned.includes(of)) continue;
        if (line === "cut") response.socket?.resetAndDestroy();
        else from?.unpipe(response).pause();
      }
      const gone = waiting.filter(({ service: of }) => concerned.includes(of));
      waiting = waiting.filter((each) => !gone.includes(each));
      for (const { go } of gone) go();
    },
    close: async () => {
      await server.close();
      agents.https.destroy();
      agents.http.destroy();
    },
  };
}

/** JSON is YAML. */
function throughProxy(upstream: KubeConfig, server: string): string {
  const token = upstream.getCurrentUser()?.token;
  const context = upstream.getContextObject(upstream.getCurrentContext());
  const namespace = context?.namespace === undefined ? {} : { namespace: context.namespace };
  return JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "tap", cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "operator", user: { token } }],
    contexts: [{ name: "tap", context: { cluster: "tap", user: "operator", ...namespace } }],
    "current-context": "tap",
  });
}

async function wholeBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function nameOf(request: IncomingMessage, body: Buffer): TappedRequest {
  const url = new URL(request.url ?? "/", "http://tap");
  if (request.headers.authorization?.startsWith("AWS4-") === true) {
    const operation =
      /\/operation\/(\w+)/.exec(url.pathname)?.[1] ??
      String(request.headers["x-amz-target"] ?? "").split(".")[1] ??
      new URLSearchParams(body.toString()).get("Action") ??
      `${request.method} ${url.pathname}`;
    const token = request.headers["x-amz-security-token"];
    return {
      service: "aws",
      name: operation,
      writes: !/^(Describe|Get|List)/.test(operation),
      ...(typeof token === "string" ? { token } : {}),
    };
  }
  const verb = verbs[request.method ?? "GET"] ?? "get";
  const named = url.searchParams.has("watch") ? "watch" : verb;
  return {
    service: "kubernetes",
    name: `${named} ${resourceOf(url.pathname)}`,
    writes: verb !== "get" && url.searchParams.get("dryRun") === null,
  };
}

/** `modelrollouts/status` of `/apis/modelrollout.dev/v1alpha1/namespaces/NS/modelrollouts/NAME/status`. */
function resourceOf(path: string): string {
  const parts = path.split("/").filter((part) => part !== "");
  const rest = parts.slice(parts[0] === "api" ? 2 : 3);
  const [resource = path, , subresource] = rest[0] === "namespaces" && rest.length > 2 ? rest.slice(2) : rest;
  return subresource === undefined ? resource : `${resource}/${subresource}`;
}
