import type { PlantedFault } from "./fault.ts";
import type { Caught } from "./hunt.ts";

export interface Hunted {
  readonly fault: PlantedFault;
  readonly caught: Caught | undefined;
}

const head = `# Planted faults

Each is one mistake in the operator's source, made in a copy that a thread of its own loads; the seeds from 1 on are run until
an invariant is violated. Written by \`npm run simulate -- --planted --table\`; \`within\` is what the test asks for.

| fault | where | worlds | caught by seed | within | as |
|---|---|---|---|---|---|
`;

/** As docs and people read it; what is not caught says so. */
export function tableOf(hunted: readonly Hunted[]): string {
  const rows = hunted.map(({ fault, caught }) => {
    const { name, file, setup, within } = fault;
    const worlds = setup === undefined ? "any" : worldOf(setup);
    const as = caught === undefined ? "" : (caught.violation.split(":")[0] ?? "");
    return `| ${name} | \`src/${file}\` | ${worlds} | ${caught?.seed ?? "not caught"} | ${within} | ${as} |`;
  });
  const count = hunted.filter(({ caught }) => caught !== undefined).length;
  return `${head}${rows.join("\n")}\n\n${count} of ${hunted.length} are caught.\n`;
}

function worldOf({ way, policies, rules, sticky }: NonNullable<PlantedFault["setup"]>): string {
  const names = {
    alb: "slots, rule",
    mesh: "slots, route",
    outside: "outside",
    adopted: "adopted",
    owned: "owned",
  };
  const bare = (way === "adopted" || way === "owned") && !policies ? ", no policies" : "";
  const more = `${rules === undefined ? "" : ` x${rules}`}${sticky === undefined ? "" : ", sticky"}`;
  return `${names[way]}${bare}${more}`;
}
