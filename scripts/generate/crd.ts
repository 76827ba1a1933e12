import { stringify } from "yaml";
import { customResourceDefinition } from "../../src/api/crd/definition.ts";
import type { GeneratedFile } from "./generated-file.ts";

export const crd: GeneratedFile = {
  path: "crds/modelrollouts.yaml",
  render: () =>
    `# Made by \`npm run generate\` from src/api. Do not edit.\n${stringify(customResourceDefinition(), {
      lineWidth: 0,
      aliasDuplicateObjects: false,
    })}`,
};
