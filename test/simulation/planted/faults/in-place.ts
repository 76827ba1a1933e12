import { type PlantedFault, worlds } from "../fault.ts";

/** In what is rolled in place. */
export const inPlace: readonly PlantedFault[] = [
  {
    name: "the way back has an absolute maxUnavailable",
    file: "core/in-place/rollback.ts",
    text: "maxUnavailable: `${unavailable}%`,",
    instead: "maxUnavailable: unavailable,",
    within: 400,
    setup: worlds.adopted,
  },
  {
    name: "the pace has an absolute maxUnavailable",
    file: "core/in-place/pace.ts",
    text: "{ maxUnavailable: `${percent}%`, maxSurge };",
    instead: "{ maxUnavailable: taken as never, maxSurge };",
    within: 20,
    setup: worlds.adopted,
  },
  {
    name: "the pace does not wait for Ready pods",
    file: "core/in-place/pace.ts",
    text: "Math.max(0, Math.min(need, ready + unavailable))",
    instead: "Math.max(0, need)",
    within: 40,
    setup: worlds.adopted,
  },
  {
    name: "the surge stays when its pods are Ready",
    file: "core/in-place/pace.ts",
    text: "Math.min(need - filled, surge + rest)",
    instead: "Math.min(need, surge + rest)",
    within: 40,
    setup: worlds.adopted,
  },
  {
    name: "new pods count as available: no brake",
    file: "core/in-place/posture.ts",
    text: "    minReadySeconds: BRAKED_READY_SECONDS,\n",
    instead: "    minReadySeconds: 0,\n",
    within: 20,
    setup: worlds.adopted,
  },
  {
    name: "the entry in managedFields is left",
    file: "core/in-place/posture.ts",
    text: `  if (shaped.length > 0) return shaped;
  return deployment.holdsFields ? [{ kind: "DisownFields" }] : [];
}

/** A paused Deployment keeps`,
    instead: `  return shaped;
}

/** A paused Deployment keeps`,
    within: 20,
    setup: worlds.adopted,
  },
  {
    name: "without the policies it is not paused at rest",
    file: "core/in-place/posture.ts",
    text: 'const locked = inPlace.policies !== "present" && onlyStable(inPlace, stable);',
    instead: "const locked = false;",
    within: 20,
    setup: worlds.bare,
  },
  {
    name: "the failed template is resumed at rest",
    file: "core/in-place/posture.ts",
    text: "const paused = locked || deployment.template !== stable;",
    instead: "const paused = locked;",
    within: 60,
    setup: worlds.adopted,
  },
  {
    name: "the user's own settings are not put back",
    file: "core/in-place/posture.ts",
    text: "return released ? { settings: later?.settings ?? own } : {};",
    instead: "return {};",
    within: 40,
    setup: worlds.adopted,
  },
  {
    name: "the label is left after the deletion",
    file: "core/in-place/posture.ts",
    text: '    mark: "none",\n',
    instead: '    mark: "adopted",\n',
    within: 200,
    setup: worlds.adopted,
  },
  {
    name: "a failed ReplicaSet is left: a scale to 0 and back starts it",
    file: "workloads/in-place/workload.ts",
    text: "name(hash) === revision && replicas === 0 && !status?.replicas,",
    instead: "name(hash) === `${revision}-` && replicas === 0 && !status?.replicas,",
    within: 200,
    setup: worlds.adopted,
  },
  {
    name: "the next move is made on sizes of before the pause",
    file: "core/in-place/release.ts",
    text: "return sizes.reduce((sum, size) => sum + size, 0) <= replicas + surge;",
    instead: "return surge >= 0;",
    within: 400,
    setup: worlds.adopted,
  },
  {
    name: "no pause between two moves",
    file: "core/in-place/release.ts",
    text: "paused: isDone(inPlace, canary.revision, deployment.replicas, settings),",
    instead: "paused: false,",
    within: 200,
    setup: worlds.adopted,
  },
  {
    name: "the roles are turned back before stable has its part",
    file: "core/in-place/owned.ts",
    text: "if (!surplus && !(turned && left < back)) return undefined;",
    instead: "if (!surplus && (turned || left >= 0)) return undefined;",
    within: 200,
    setup: worlds.owned,
  },
  {
    name: "a size that is changed in a move does not stop the move",
    file: "core/in-place/owned.ts",
    text: 'const paused = deployment.paused || mark === "released";',
    instead: "const { paused } = deployment;",
    within: 400,
    setup: { way: "owned", policies: false },
  },
  {
    name: "a release of one step that was scaled to nothing waits for ever",
    file: "core/in-place/release.ts",
    text: "share < 100 ? podsForShare",
    instead: "share <= 100 ? podsForShare",
    within: 200,
    setup: worlds.adopted,
  },
  {
    name: "a way back leaves the canary's template standing",
    file: "core/in-place/rollback.ts",
    text: "      template: stable,\n      settings: backwards",
    instead: "      settings: backwards",
    within: 40,
    setup: worlds.adopted,
  },
];
