import type { OperatorProcess } from "../world/operator-process.ts";
import { startTap, type Tap, type TappedRequest } from "../world/tap.ts";
import { startWorld, type World, type WorldOptions } from "../world/world.ts";

/** Where the operator dies: at which of its requests, and on which side of it. */
export type KillPoint = {
  /** From 1, in the order in which they were made since the release began. */
  readonly number: number;
  /** Counted are only requests of this name; default: all that go to AWS or change the cluster. */
  readonly name?: string;
  /** `before`: the request never arrives. `after`: it takes effect, and the answer does not arrive. */
  readonly side: "before" | "after";
};

/** What becomes of a rollout from a change to rest, told so that it can be repeated. */
export type Story = {
  /** Changes something, so that a release begins. */
  begin(): Promise<void>;
  /** Resolves when everything is at rest. */
  settled(): Promise<void>;
  /** What must be the same wherever the operator died on the way. */
  end(): Promise<object>;
  /** What must never have been, and was, since the last call: one line each. */
  violations(): readonly string[];
  stop(): Promise<void>;
};

/** How one run of a story went. */
export type Run = {
  /** The request at which the operator was killed; absent: the story was over before. */
  readonly hit?: TappedRequest;
  /** Names of the requests that the process made until it was killed or the story was over, in order. */
  readonly requests: readonly string[];
  readonly end: object;
  readonly violations: readonly string[];
};

/** A namespace whose operator can be killed at each of its requests. */
export type Lane = {
  readonly world: World;
  run(story: Story, point?: KillPoint): Promise<Run>;
  stop(): Promise<void>;
};

type Wired = { readonly tap: Tap; readonly operator: OperatorProcess };

/** Whether the last request is the one to die at. */
function reaches(requests: readonly string[], point: KillPoint | undefined): point is KillPoint {
  if (point === undefined) return false;
  const counted = requests.filter((name) => point.name === undefined || name === point.name);
  return counted.length === point.number && counted.at(-1) === requests.at(-1);
}

const flags = { "alarm-poll-interval": "300ms", "drift-poll-interval": "1s", "log-level": "info" };

/**
 * Starts a lane. The operator's successor runs already while it works, behind wires that let nothing through: it knows
 * nothing of what was before, as any process that is started after a crash, but nobody waits for its start.
 */
export async function startLane(controlPlane: WorldOptions["controlPlane"]): Promise<Lane> {
  const world = await startWorld({ controlPlane });
  const launch = async (): Promise<Wired> => {
    const tap = await startTap({
      kubeconfigPath: world.operatorKubeconfigPath,
      awsEndpoint: world.simulator.endpoint,
      folder: world.folder,
      line: "silent",
    });
    const env = { AWS_ENDPOINT_URL: tap.awsEndpoint };
    const operator = await world.startOperator({ kubeconfig: tap.kubeconfigPath, env, flags });
    return { tap, operator };
  };
  const enter = async ({ tap, operator }: Wired): Promise<void> => {
    tap.set("open");
    await operator.waitReady();
  };
  let present = await launch();
  await enter(present);
  let next = launch();

  const succeed = async (): Promise<void> => {
    await present.operator.ended;
    const gone = present.tap;
    present = await next;
    present.tap.set("open");
    next = launch();
    await gone.close();
  };

  return {
    world,
    run: async (story, point) => {
      const { tap, operator } = present;
      const requests: string[] = [];
      const killed = Promise.withResolvers<TappedRequest>();
      tap.judge((request) => {
        if (request.service === "kubernetes" && !request.writes) return "pass";
        requests.push(request.name);
        if (!reaches(requests, point)) return "pass";
        return point.side === "before" ? "lose" : "loseAnswer";
      });
      tap.onLost((request) => {
        process.kill(operator.pid, "SIGKILL");
        killed.resolve(request);
      });
      await story.begin();
      const settled = story.settled();
      const hit = await Promise.race([killed.promise, settled.then(() => undefined)]);
      tap.judge(() => "pass");
      const made = [...requests];
      if (hit !== undefined) await succeed();
      await settled;
      return {
        ...(hit === undefined ? {} : { hit }),
        requests: made,
        end: await story.end(),
        violations: story.violations(),
      };
    },
    stop: async () => {
      const waiting = await next;
      waiting.operator.signal("SIGKILL");
      await world.stop();
      await Promise.all([present.tap.close(), waiting.tap.close()]);
    },
  };
}
