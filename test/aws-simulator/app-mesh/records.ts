import type { RouteSpec, VirtualNodeSpec, VirtualRouterSpec } from "@aws-sdk/client-app-mesh";
import type { Clock } from "../clock.ts";
import { Table } from "../table.ts";

/** What App Mesh says of every resource. Times are ms since the epoch. */
export interface Metadata {
  readonly arn: string;
  readonly uid: string;
  readonly owner: string;
  /** Goes up by one with each update; nothing can be made conditional on it. */
  readonly version: number;
  readonly createdAt: number;
  readonly updatedAt: number;
}

export interface MeshRecord {
  readonly name: string;
  readonly spec: object;
  readonly metadata: Metadata;
}

export interface VirtualRouterRecord {
  readonly mesh: string;
  readonly name: string;
  readonly spec: VirtualRouterSpec;
  readonly metadata: Metadata;
}

export interface VirtualNodeRecord {
  readonly mesh: string;
  readonly name: string;
  readonly spec: VirtualNodeSpec;
  readonly metadata: Metadata;
}

export interface RouteRecord {
  readonly mesh: string;
  readonly router: string;
  readonly name: string;
  readonly spec: RouteSpec;
  readonly metadata: Metadata;
}

/** All of App Mesh in one region of one account. */
export interface AppMeshState {
  readonly meshes: Table<MeshRecord>;
  readonly routers: Table<VirtualRouterRecord>;
  readonly nodes: Table<VirtualNodeRecord>;
  readonly routes: Table<RouteRecord>;
  readonly tags: Table<Readonly<Record<string, string>>>;
  /** The newest client tokens of writes: the request each stood for. Not versioned: only writes look at them. */
  readonly tokens: Map<string, string>;
}

/** An empty region. */
export const createAppMeshState = (clock: Clock, keepMs: number): AppMeshState => ({
  meshes: new Table(clock, keepMs),
  routers: new Table(clock, keepMs),
  nodes: new Table(clock, keepMs),
  routes: new Table(clock, keepMs),
  tags: new Table(clock, keepMs),
  tokens: new Map(),
});

/** The region as it was at `time`. */
export const appMeshAsOf = (state: AppMeshState, time: number): AppMeshState => ({
  meshes: state.meshes.asOf(time),
  routers: state.routers.asOf(time),
  nodes: state.nodes.asOf(time),
  routes: state.routes.asOf(time),
  tags: state.tags.asOf(time),
  tokens: state.tokens,
});
