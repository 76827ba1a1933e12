import type { Model, PodTemplate } from "../../api/types.ts";

/** A template with the model's variables in it, or why that cannot be. */
export type Overlaid =
  | { readonly ok: true; readonly template: PodTemplate }
  | { readonly ok: false; readonly message: string };

type Container = PodTemplate["spec"]["containers"][number];
type Variable = { readonly name?: unknown; readonly value?: unknown };

/**
 * Gives one container MODEL_NAME, MODEL_VERSION and MODEL_URI, as far as the model has them.
 *
 * They come first in `env`, so that the user's own variables and arguments may refer to them as `$(MODEL_URI)`.
 * A variable of the same name that the user wrote with the same value is left as it is. With another value it is
 * an error and not a question of who wins: pods would run one model under the version of another.
 */
export function overlayModel(template: PodTemplate, model: Model | undefined): Overlaid {
  if (model === undefined) return { ok: true, template };
  const containers = template.spec.containers;
  const index =
    model.container === undefined ? 0 : containers.findIndex((found) => found.name === model.container);
  const container = containers[index];
  if (container === undefined) {
    const names = containers.map((found) => found.name).join(", ");
    return {
      ok: false,
      message: `spec.model.container: no container "${model.container}" in spec.template (${names})`,
    };
  }
  const wanted = variablesOf(model);
  const clash = wanted.find((variable) => clashes(container, variable));
  if (clash !== undefined) {
    return {
      ok: false,
      message: `spec.template: container "${container.name}" sets ${clash.name} itself, and not to "${clash.value}" as ${clash.field} says: remove it there`,
    };
  }
  const own = envOf(container);
  const added = wanted.filter(({ name }) => !own.some((variable) => variable.name === name));
  const env = [...added.map(({ name, value }) => ({ name, value })), ...own];
  return {
    ok: true,
    template: {
      ...template,
      spec: {
        ...template.spec,
        containers: containers.map((found, at) => (at === index ? { ...found, env } : found)),
      },
    },
  };
}

interface Wanted {
  readonly name: string;
  readonly value: string;
  readonly field: string;
}

function variablesOf(model: Model): readonly Wanted[] {
  const all = [
    { name: "MODEL_NAME", value: model.name, field: "spec.model.name" },
    { name: "MODEL_VERSION", value: model.version, field: "spec.model.version" },
    { name: "MODEL_URI", value: model.uri, field: "spec.model.uri" },
  ];
  return all.flatMap(({ name, value, field }) => (value === undefined ? [] : [{ name, value, field }]));
}

function clashes(container: Container, wanted: Wanted): boolean {
  return envOf(container).some((own) => own.name === wanted.name && own.value !== wanted.value);
}

function envOf(container: Container): readonly Variable[] {
  // Anything but a list is refused by the API server's dry-run, which says so better than this could.
  return Array.isArray(container["env"]) ? (container["env"] as Variable[]) : [];
}
