import { AwsPort } from "./aws/port.ts";
import type { Dice } from "./dice.ts";
import { Host } from "./host.ts";
import { KubePort } from "./kube/port.ts";
import type { Oracle } from "./oracle/oracle.ts";
import { Replica } from "./replica.ts";
import type { SeededWeather } from "./weather.ts";
import type { World } from "./world.ts";

export interface FleetOptions {
  readonly world: World;
  readonly weather: SeededWeather;
  readonly oracle: Oracle;
  readonly dice: Dice;
  readonly replicas: number;
  readonly alarmPollMs: number;
  readonly driftPollMs: number;
  /** Hears what the replicas log. */
  readonly log?: (host: string, line: string) => void;
}

/** The operator's Pods: each place has a process, and a new one some time after the old one ended. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #places: (Replica | undefined)[];
  /** No process is started any more. */
  #closed = false;
  #born = 0;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#places = Array.from({ length: options.replicas }, () => undefined);
    for (let place = 0; place < options.replicas; place += 1) this.#start(place);
  }

  /** Processes that are not dead. */
  get replicas(): readonly Replica[] {
    return this.#places.filter((replica) => replica !== undefined);
  }

  get leader(): Replica | undefined {
    return this.replicas.find((replica) => replica.leads && replica.host.state === "running");
  }

  /** SIGTERM: it may end what it does, and is replaced. */
  terminate(replica: Replica): void {
    this.#options.world.story.tell(replica.host.name, "is told to end");
    void replica.stop().then(() => replica.host.kill());
    this.#options.world.timeline.in(10_000, () => replica.host.kill());
  }

  /** Ends all of them for good. */
  close(): void {
    this.#closed = true;
    for (const { host } of this.replicas) host.kill();
  }

  #start(place: number): void {
    const { world, weather, oracle, dice, alarmPollMs, driftPollMs, log } = this.#options;
    const { timeline, server, account, story } = world;
    this.#born += 1;
    const name = `operator-${this.#born}`;
    const host = new Host(name, timeline);
    const common = { timeline, weather, host, witness: oracle };
    const replica = new Replica({
      host,
      api: new KubePort({ ...common, server }),
      aws: new AwsPort({ ...common, account }),
      random: dice.fork(name).random,
      alarmPollMs,
      driftPollMs,
      exited: (why) => {
        story.tell(name, `ends: ${why}`);
        host.kill();
      },
      ...(log ? { log: (line: string) => log(name, line) } : {}),
    });
    this.#places[place] = replica;
    host.onKill(() => {
      story.tell(name, "is gone");
      this.#places[place] = undefined;
      if (!this.#closed) timeline.in(dice.between(300, 8_000), () => this.#start(place));
    });
    story.tell(name, "starts");
    replica.start();
  }
}
