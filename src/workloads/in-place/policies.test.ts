import { expect, test } from "vitest";
import type { KubeApi } from "../../runtime/kube-api.ts";
import { KubeError } from "../../runtime/kube-error.ts";
import { Policies, policyNames } from "./policies.ts";

const me = "system:serviceaccount:modelrollout-system:modelrollout";
const [start, brake] = policyNames;
const root = "/apis/admissionregistration.k8s.io/v1";
const policyPath = (name: string) => `${root}/mutatingadmissionpolicies/${name}`;
const bindingPath = (name: string) => `${root}/mutatingadmissionpolicybindings/${name}`;

const policy = (user: string) => ({
  metadata: {},
  spec: { matchConditions: [{ name: "others", expression: `request.userInfo.username != '${user}'` }] },
});

/** Both policies with their bindings, but for what is changed; undefined: it is not there. */
function cluster(changes: Readonly<Record<string, object | undefined>> = {}) {
  const objects: Record<string, object | undefined> = {
    ...Object.fromEntries(policyNames.map((name) => [policyPath(name), policy(me)])),
    ...Object.fromEntries(policyNames.map((name) => [bindingPath(name), { metadata: {} }])),
    ...changes,
  };
  const state = { broken: false, now: 0, asked: 0, introduced: 0 };
  const get = async (path: string) => {
    state.asked += 1;
    if (state.broken) throw new KubeError("Unreachable", "no answer");
    const found = objects[path];
    if (found === undefined) throw new KubeError("NotFound", path);
    return found;
  };
  const create = async () => {
    state.introduced += 1;
    return { metadata: {}, status: { userInfo: { username: me } } };
  };
  const policies = new Policies({ get, create } as unknown as KubeApi, () => state.now);
  return { policies, state, objects };
}

test("both stand, with their bindings, and name this very identity", async () => {
  expect(await cluster().policies.ask()).toBe("present");
});

test.each([policyPath(start), policyPath(brake), bindingPath(start), bindingPath(brake)])(
  "without %s they are absent",
  async (path) => {
    expect(await cluster({ [path]: undefined }).policies.ask()).toBe("absent");
  },
);

test("one that does not exempt this identity is told by its name", async () => {
  for (const stranger of [policy("somebody"), { metadata: {} }]) {
    expect(await cluster({ [policyPath(brake)]: stranger }).policies.ask()).toEqual({
      refused: `MutatingAdmissionPolicy ${brake} does not let ${me} through: name this identity in its matchConditions`,
    });
  }
});

test("an answer is kept for five minutes, and this process knows for good who it is", async () => {
  const { policies, state, objects } = cluster();
  await policies.ask();
  const { asked } = state;
  state.now = 299_999;
  objects[bindingPath(start)] = undefined;
  expect(await policies.ask()).toBe("present");
  expect(state.asked).toBe(asked);
  state.now = 300_000;
  expect(await policies.ask()).toBe("absent");
  objects[bindingPath(start)] = { metadata: {} };
  state.now = 600_000;
  expect(await policies.ask()).toBe("present");
  expect(state.introduced).toBe(1);
});

test("one that stands in the way is looked at every minute, for somebody is about to correct it", async () => {
  const { policies, state, objects } = cluster({ [policyPath(brake)]: policy("somebody") });
  expect(await policies.ask()).toHaveProperty("refused");
  objects[policyPath(brake)] = policy(me);
  state.now = 59_999;
  expect(await policies.ask()).toHaveProperty("refused");
  state.now = 60_000;
  expect(await policies.ask()).toBe("present");
});

test("where there are none, no more is asked than that takes", async () => {
  const { policies, state } = cluster({ [policyPath(start)]: undefined });
  expect(await policies.ask()).toBe("absent");
  expect([state.asked, state.introduced]).toEqual([2, 0]);
});

test("nothing waits for the answer: what was known counts, and before that they are absent", async () => {
  const { policies, state } = cluster();
  state.broken = true;
  expect(await policies.ask()).toBe("absent");
  state.broken = false;
  expect(await policies.ask()).toBe("present");
  state.broken = true;
  state.now = 300_000;
  expect(await policies.ask()).toBe("present");
});
