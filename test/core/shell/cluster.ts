/** Nodes with roles that only record, over a network and a registry that are in the test's hands. */
import { NodeShell } from "../../../src/core/node-shell.ts";
import { RegistryModel } from "../../../src/core/registry/registry-model.ts";
import type {
  Compressor,
  Effect,
  Event,
  Message,
  Micros,
  NodeId,
  NodeOptions,
  Observation,
  RegistryAnswer,
  RegistryChange,
  RegistryRecord,
  RegistryRequest,
  RoleLogic,
  Shell,
  Wait,
} from "../../../src/core/index.ts";
import { defaultNodeOptions } from "../../../src/core/index.ts";

export const plain: Compressor = { compress: (bytes) => bytes.slice(), uncompress: (bytes) => bytes.slice() };

export class RecordingRole implements RoleLogic {
  readonly shell: Shell;
  readonly heard: { from: NodeId; message: Message }[] = [];
  readonly changed: string[] = [];
  readonly events: Event[] = [];
  readonly timers: string[] = [];
  isStarted: boolean = false;
  managerSuspected?: (silentMs: number) => void;
  /** Runs when the role starts, and on each message and changed record. */
  onStart: (shell: Shell) => void = () => {};
  onMessage: (shell: Shell, from: NodeId, message: Message) => void = () => {};
  onChange: (shell: Shell, key: string, record: RegistryRecord | undefined) => void = () => {};

  constructor(shell: Shell) {
    this.shell = shell;
  }

  started(): void {
    this.isStarted = true;
    this.onStart(this.shell);
  }

  received(from: NodeId, message: Message): void {
    this.heard.push({ from, message });
    this.onMessage(this.shell, from, message);
  }

  timerFired(timer: string): void {
    this.timers.push(timer);
  }

  recordChanged(key: string, record: RegistryRecord | undefined): void {
    this.changed.push(key);
    this.onChange(this.shell, key, record);
  }

  handle(event: Event): void {
    this.events.push(event);
  }

  statistics(): { slots: []; tasksFinished: number } {
    return { slots: [], tasksFinished: this.heard.length };
  }

  why(): readonly Wait[] {
    return [];
  }

  digest(): number {
    return this.heard.length;
  }
}

export interface Host {
  readonly node: NodeShell;
  readonly role: RecordingRole;
  readonly facts: Observation[];
  readonly sent: Extract<Effect, { type: "send" }>[];
  stopped: { reason: string | undefined } | undefined;
  isWatching: boolean;
  readonly timers: Map<string, number>;
}

interface Due {
  readonly at: number;
  readonly host: Host;
  readonly event: Event;
}

const latency = 1000;

export class Cluster {
  now: number = 0;
  readonly hosts: Map<string, Host> = new Map();
  readonly registry: RegistryModel = new RegistryModel();
  isRegistryDown: boolean = false;
  /** Frames from one node to another that are lost. */
  isCut: (from: string, to: string) => boolean = () => false;
  private queue: Due[] = [];

  /** With a role that records, unless `create` makes the node. */
  start(id: string, changed: Partial<NodeOptions> = {}, create?: (options: NodeOptions) => NodeShell): Host {
    const options: NodeOptions = {
      ...defaultNodeOptions,
      clusterId: "test",
      address: `${id}:1`,
      serverCount: 1,
      workerCount: 1,
      ...changed,
      id: id as NodeId,
    };
    let role: RecordingRole | undefined;
    const record = (shell: Shell): RecordingRole => {
      role = new RecordingRole(shell);
      return role;
    };
    const node = create?.(options) ?? new NodeShell({ options, compressor: plain, role: record });
    const host: Host = {
      node,
      role: role as RecordingRole,
      facts: [],
      sent: [],
      stopped: undefined,
      isWatching: false,
      timers: new Map(),
    };
    this.hosts.set(id, host);
    this.post(0, host, { type: "started" });
    return host;
  }

  post(delay: number, host: Host, event: Event): void {
    this.queue.push({ at: this.now + delay, host, event });
  }

  /** Writes a record from outside. */
  put(key: string, value: unknown): void {
    const text = typeof value === "string" ? value : JSON.stringify(value);
    const modified = this.recordOf(key)?.modified ?? 0;
    const writes = [{ type: "put", key, value: text, lease: 0 } as const];
    const answer = this.execute({ type: "transact", compare: [{ key, modified }], writes });
    if (answer.type !== "transacted" || !answer.succeeded) throw new Error(`${key} was not written`);
  }

  recordOf(key: string): RegistryRecord | undefined {
    const answer = this.registry.apply({ type: "read", prefix: key }, this.now as Micros).answer;
    return answer.type === "records" ? answer.records.find((record) => record.key === key) : undefined;
  }

  run(micros: number): void {
    const until = this.now + micros;
    for (;;) {
      const next = this.takeNext(until);
      if (next === undefined) break;
      this.now = next.at;
      const effects = next.host.node.step(next.event, this.now as Micros);
      for (const effect of effects) this.perform(next.host, effect);
    }
    this.now = until;
  }

  private takeNext(until: number): Due | undefined {
    let best: Due | undefined;
    for (const due of this.queue) if (best === undefined || due.at < best.at) best = due;
    for (const host of this.hosts.values()) {
      for (const [timer, at] of host.timers) {
        if (best === undefined || at < best.at) best = { at, host, event: { type: "timer-fired", timer } };
      }
    }
    if (best === undefined || best.at > until) return undefined;
    if (best.event.type === "timer-fired") best.host.timers.delete(best.event.timer);
    else this.queue = this.queue.filter((due) => due !== best);
    return best;
  }

  private perform(host: Host, effect: Effect): void {
    if (host.stopped !== undefined) throw new Error(`${effect.type} after stopped`);
    switch (effect.type) {
      case "send": {
        host.sent.push(effect);
        const to = this.hosts.get(effect.to);
        if (to === undefined || this.isCut(host.node.id, effect.to)) return;
        return this.post(latency, to, { type: "received", channel: effect.channel, frame: effect.frame });
      }
      case "set-timer":
        host.timers.set(effect.timer, effect.at);
        return;
      case "cancel-timer":
        host.timers.delete(effect.timer);
        return;
      case "registry":
        return this.ask(host, effect.id, effect.request);
      case "observe":
        host.facts.push(effect.fact);
        return;
      case "evicted":
      case "stopped":
        host.stopped = { reason: effect.reason };
        host.timers.clear();
        return;
      default:
        throw new Error(`no test has ${effect.type}`);
    }
  }

  private ask(host: Host, id: number, request: RegistryRequest): void {
    const answer: RegistryAnswer = this.isRegistryDown
      ? { type: "unavailable", reason: "it is down" }
      : this.execute(request, host);
    this.post(latency, host, { type: "registry-answered", id, answer });
  }

  private execute(request: RegistryRequest, asking?: Host): RegistryAnswer {
    const { answer, changes } = this.registry.apply(request, this.now as Micros);
    if (request.type === "watch" && asking !== undefined) {
      asking.isWatching = true;
      this.tell(asking, changes);
    } else for (const host of this.hosts.values()) if (host.isWatching) this.tell(host, changes);
    return answer;
  }

  private tell(host: Host, changes: readonly RegistryChange[]): void {
    if (changes.length > 0) this.post(latency, host, { type: "registry-changed", changes });
  }
}

export function factsOf<T extends Observation["type"]>(
  host: Host,
  type: T,
): Extract<Observation, { type: T }>[] {
  return host.facts.filter((fact): fact is Extract<Observation, { type: T }> => fact.type === type);
}
