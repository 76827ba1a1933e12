import type {
  CreateMeshInput,
  CreateVirtualNodeInput,
  CreateVirtualRouterInput,
  DescribeMeshInput,
  DescribeVirtualNodeInput,
  DescribeVirtualRouterInput,
} from "@aws-sdk/client-app-mesh";
import { type Operations, read, write } from "../operation.ts";
import { ACTIVE, badRequest, conflict, created, notFound, presentMetadata, seenBefore } from "./metadata.ts";
import type { AppMeshState, MeshRecord, VirtualNodeRecord, VirtualRouterRecord } from "./records.ts";

/** The key of a resource within a mesh. */
export const meshKey = (...names: readonly (string | undefined)[]): string =>
  names.map((name) => name ?? "").join("/");

/** Throws NotFoundException. */
export const meshByName = (state: AppMeshState, name: string | undefined): MeshRecord => {
  const found = state.meshes.get(name ?? "");
  if (!found) throw notFound(`There is no mesh named ${name ?? ""}`);
  return found;
};

/** Throws NotFoundException. */
export const routerByName = (
  state: AppMeshState,
  mesh: string | undefined,
  name: string | undefined,
): VirtualRouterRecord => {
  meshByName(state, mesh);
  const found = state.routers.get(meshKey(mesh, name));
  if (!found) throw notFound(`There is no virtual router named ${name ?? ""} in mesh ${mesh ?? ""}`);
  return found;
};

const nodeByName = (
  state: AppMeshState,
  mesh: string | undefined,
  name: string | undefined,
): VirtualNodeRecord => {
  meshByName(state, mesh);
  const found = state.nodes.get(meshKey(mesh, name));
  if (!found) throw notFound(`There is no virtual node named ${name ?? ""} in mesh ${mesh ?? ""}`);
  return found;
};

const presentMesh = (mesh: MeshRecord) => ({
  meshName: mesh.name,
  spec: mesh.spec,
  metadata: presentMetadata(mesh.metadata),
  status: ACTIVE,
});

const presentRouter = (router: VirtualRouterRecord) => ({
  meshName: router.mesh,
  virtualRouterName: router.name,
  spec: router.spec,
  metadata: presentMetadata(router.metadata),
  status: ACTIVE,
});

const presentNode = (node: VirtualNodeRecord) => ({
  meshName: node.mesh,
  virtualNodeName: node.name,
  spec: node.spec,
  metadata: presentMetadata(node.metadata),
  status: ACTIVE,
});

const tagsOf = (tags: readonly { key?: string | undefined; value?: string | undefined }[] | undefined) =>
  Object.fromEntries((tags ?? []).map(({ key, value }) => [key ?? "", value ?? ""]));

/** Meshes, virtual routers and virtual nodes: as much as routes need. The answers are the resources themselves. */
export const meshOperations: Operations = {
  CreateMesh: write((context, input: CreateMeshInput) => {
    const { appMesh } = context.state;
    const name = input.meshName ?? "";
    const existing = appMesh.meshes.get(name);
    if (seenBefore(appMesh, "CreateMesh", input) && existing) return presentMesh(existing);
    if (existing) throw conflict(`A mesh named ${name} already exists`);
    const mesh: MeshRecord = { name, spec: input.spec ?? {}, metadata: created(context, name) };
    appMesh.meshes.set(name, mesh);
    appMesh.tags.set(mesh.metadata.arn, tagsOf(input.tags));
    return presentMesh(mesh);
  }),

  DescribeMesh: read(({ state: { appMesh } }, input: DescribeMeshInput) =>
    presentMesh(meshByName(appMesh, input.meshName)),
  ),

  CreateVirtualRouter: write((context, input: CreateVirtualRouterInput) => {
    const { appMesh } = context.state;
    const mesh = meshByName(appMesh, input.meshName).name;
    const name = input.virtualRouterName ?? "";
    const existing = appMesh.routers.get(meshKey(mesh, name));
    if (seenBefore(appMesh, "CreateVirtualRouter", input) && existing) return presentRouter(existing);
    if (existing) throw conflict(`A virtual router named ${name} already exists`);
    if (!input.spec) throw badRequest("spec is required");
    const metadata = created(context, `${mesh}/virtualRouter/${name}`);
    const router: VirtualRouterRecord = { mesh, name, spec: input.spec, metadata };
    appMesh.routers.set(meshKey(mesh, name), router);
    appMesh.tags.set(metadata.arn, tagsOf(input.tags));
    return presentRouter(router);
  }),

  DescribeVirtualRouter: read(({ state: { appMesh } }, input: DescribeVirtualRouterInput) =>
    presentRouter(routerByName(appMesh, input.meshName, input.virtualRouterName)),
  ),

  CreateVirtualNode: write((context, input: CreateVirtualNodeInput) => {
    const { appMesh } = context.state;
    const mesh = meshByName(appMesh, input.meshName).name;
    const name = input.virtualNodeName ?? "";
    const existing = appMesh.nodes.get(meshKey(mesh, name));
    if (seenBefore(appMesh, "CreateVirtualNode", input) && existing) return presentNode(existing);
    if (existing) throw conflict(`A virtual node named ${name} already exists`);
    if (!input.spec) throw badRequest("spec is required");
    const metadata = created(context, `${mesh}/virtualNode/${name}`);
    const node: VirtualNodeRecord = { mesh, name, spec: input.spec, metadata };
    appMesh.nodes.set(meshKey(mesh, name), node);
    appMesh.tags.set(metadata.arn, tagsOf(input.tags));
    return presentNode(node);
  }),

  DescribeVirtualNode: read(({ state: { appMesh } }, input: DescribeVirtualNodeInput) =>
    presentNode(nodeByName(appMesh, input.meshName, input.virtualNodeName)),
  ),
};
