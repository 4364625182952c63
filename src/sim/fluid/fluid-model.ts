/**
 * A whole run as flows instead of messages: for each task and worker when it computes, when its bytes have passed, and when
 * it may go on. It keeps what idle time comes from (OSDI'14 figures 9 to 11): the delay tau, the spread of the computing
 * times, the aggregates that wait for the slowest, the way by the scheduler, and the bandwidth. It knows no failures.
 */
import { assert } from "../../core/index.ts";
import type { CostModel } from "../world/computer.ts";
import { Computer } from "../world/computer.ts";
import { type Distribution, sample } from "../world/distribution.ts";
import { EventQueue } from "../world/event-queue.ts";
import { Random } from "../world/random.ts";

export interface FluidPlan {
  readonly seed: string;
  readonly workers: number;
  readonly servers: number;
  /** Maximal delay; null: any. */
  readonly tau: number | null;
  readonly passes: number;
  /** Block iterations of a pass; an evaluation follows them, for which all wait, and the next pass waits for that. */
  readonly blocks: number;
  /** What an evaluation touches. */
  readonly evaluateNonzeros: number;
  /** From the end of an evaluation at the scheduler until the next pass is issued: its record is written first. */
  readonly recordMicros: number;
  /** Non-zeros that a worker touches in a task before it pushes, and after it has pulled. */
  readonly pushNonzeros: number;
  readonly pullNonzeros: number;
  /** Bytes of a worker's push and of the answer to its pull, over all servers. */
  readonly pushBytes: number;
  readonly pullBytes: number;
  readonly delay: Distribution;
  /** NIC bandwidth in each direction; Infinity: no queue. */
  readonly egressBytesPerSecond: number;
  readonly ingressBytesPerSecond: number;
  readonly cost: CostModel;
}

export interface FluidResult {
  readonly seconds: number;
  /** By worker, between 0 and 1. */
  readonly idle: Float64Array;
  readonly idleMean: number;
  readonly events: number;
}

type Flow =
  /** A piece of work of the task is done; its first, or its second after the answer. */
  | { readonly type: "computed"; readonly worker: number; readonly task: number; readonly isLast: boolean }
  | { readonly type: "answered"; readonly worker: number; readonly task: number }
  /** All tasks below have finished everywhere, as the worker hears. */
  | { readonly type: "heard"; readonly worker: number; readonly floor: number }
  | { readonly type: "finished"; readonly task: number };

interface Worker {
  readonly computer: Computer;
  readonly random: Random;
  isComputing: boolean;
  /** The next task to start. */
  next: number;
  /** Answered, and not taken up yet; ascending. */
  readonly answered: number[];
  floor: number;
  egressFreeAt: number;
  busyMicros: number;
}

export function runFluid(plan: FluidPlan): FluidResult {
  return new FluidRun(plan).run();
}

class FluidRun {
  private readonly plan: FluidPlan;
  private readonly taskCount: number;
  private readonly queue = new EventQueue<Flow>(1 << 16);
  private readonly workers: readonly Worker[];
  private readonly scheduler: Random;
  /** By task: parts that came, when the last one did, and workers that are done. */
  private readonly partsCome: Int32Array;
  private readonly lastPartAt: Float64Array;
  private readonly doneCount: Int32Array;
  /** Each server takes and gives one byte after the other. */
  private serversInFreeAt = 0;
  private serversOutFreeAt = 0;
  private floor = 0;
  private now = 0;
  private events = 0;

  constructor(plan: FluidPlan) {
    const { workers, servers, passes, blocks } = plan;
    assert(
      workers > 0 && servers > 0 && passes > 0 && blocks > 0,
      "a fluid run has workers, servers and tasks",
    );
    this.plan = plan;
    this.taskCount = passes * (blocks + 1);
    const random = new Random(plan.seed);
    this.scheduler = random.fork("scheduler");
    this.workers = Array.from({ length: plan.workers }, (_, i) => ({
      computer: new Computer(plan.cost, random.fork(`computer:${i}`)),
      random: random.fork(`worker:${i}`),
      isComputing: false,
      next: 0,
      answered: [],
      floor: 0,
      egressFreeAt: 0,
      busyMicros: 0,
    }));
    this.partsCome = new Int32Array(this.taskCount);
    this.lastPartAt = new Float64Array(this.taskCount);
    this.doneCount = new Int32Array(this.taskCount);
  }

  run(): FluidResult {
    for (let i = 0; i < this.workers.length; i++) this.compute(i);
    for (;;) {
      const at = this.queue.nextTime;
      const flow = this.queue.pop();
      if (flow === undefined) break;
      this.now = at;
      this.events++;
      this.happen(flow);
    }
    assert(this.floor === this.taskCount, "every task of a fluid run finishes");
    const idle = Float64Array.from(this.workers, ({ busyMicros }) => 1 - busyMicros / this.now);
    const idleMean = idle.reduce((sum, share) => sum + share, 0) / idle.length;
    return { seconds: this.now / 1e6, idle, idleMean, events: this.events };
  }

  private happen(flow: Flow): void {
    switch (flow.type) {
      case "computed":
        this.workers[flow.worker].isComputing = false;
        if (flow.isLast || this.isEvaluation(flow.task)) this.done(flow.worker, flow.task);
        else this.push(flow.worker, flow.task);
        return this.compute(flow.worker);
      case "answered":
        insert(this.workers[flow.worker].answered, flow.task);
        return this.compute(flow.worker);
      case "heard": {
        const worker = this.workers[flow.worker];
        worker.floor = Math.max(worker.floor, flow.floor);
        return this.compute(flow.worker);
      }
      case "finished":
        return this.finished(flow.task);
      default:
        throw new Error(`Invariant: no such flow: ${JSON.stringify(flow satisfies never)}`);
    }
  }

  /** The lowest task that can go on does; a task starts when all up to `t - tau - 1` have finished. */
  private compute(index: number): void {
    const worker = this.workers[index];
    if (worker.isComputing) return;
    const { plan, now } = this;
    const { next, floor } = worker;
    const canStart = next < this.taskCount && floor >= this.floorBefore(next);
    const [resumed] = worker.answered;
    const isLast = resumed !== undefined && (!canStart || resumed < next);
    if (!isLast && !canStart) return;
    const task = isLast ? resumed : next;
    if (isLast) worker.answered.shift();
    else worker.next++;
    worker.isComputing = true;
    const first = this.isEvaluation(task) ? plan.evaluateNonzeros : plan.pushNonzeros;
    const at = worker.computer.compute(isLast ? plan.pullNonzeros : first, now);
    worker.busyMicros += at - now;
    this.queue.push(at, { type: "computed", worker: index, task, isLast });
  }

  private isEvaluation(task: number): boolean {
    return (task + 1) % (this.plan.blocks + 1) === 0;
  }

  /** A task starts when all below this have finished. */
  private floorBefore(task: number): number {
    const { blocks, tau } = this.plan;
    if (this.isEvaluation(task)) return task;
    const passBegin = task - (task % (blocks + 1));
    return tau === null ? passBegin : Math.max(passBegin, task - tau);
  }

  /** The aggregate is complete when the last part is there; then all are answered. */
  private push(index: number, task: number): void {
    const { plan } = this;
    const worker = this.workers[index];
    worker.egressFreeAt =
      Math.max(worker.egressFreeAt, this.now) + micros(plan.pushBytes, plan.egressBytesPerSecond);
    const at = worker.egressFreeAt + sample(plan.delay, worker.random);
    this.lastPartAt[task] = Math.max(this.lastPartAt[task], at);
    this.partsCome[task]++;
    if (this.partsCome[task] < plan.workers) return;
    const bytesIn = (plan.pushBytes * plan.workers) / plan.servers;
    const bytesOut = (plan.pullBytes * plan.workers) / plan.servers;
    // The parts flow in while they are computed: the servers are the limit only where they are busy all the while.
    this.serversInFreeAt = Math.max(
      this.serversInFreeAt + micros(bytesIn, plan.ingressBytesPerSecond),
      this.lastPartAt[task],
    );
    const applied = this.serversInFreeAt;
    this.serversOutFreeAt =
      Math.max(this.serversOutFreeAt, applied) + micros(bytesOut, plan.egressBytesPerSecond);
    for (let i = 0; i < plan.workers; i++) {
      // The answers go out one after the other.
      const share = (this.serversOutFreeAt - applied) * ((i + 1) / plan.workers);
      const arrival = applied + share + sample(plan.delay, this.workers[i].random);
      this.queue.push(Math.max(arrival, this.now), { type: "answered", worker: i, task });
    }
  }

  private done(index: number, task: number): void {
    const arrival = this.now + sample(this.plan.delay, this.workers[index].random);
    this.queue.push(arrival, { type: "finished", task });
  }

  /** At the scheduler, which spreads the frontier as it rises. */
  private finished(task: number): void {
    const { plan } = this;
    this.doneCount[task]++;
    const before = this.floor;
    while (this.floor < this.taskCount && this.doneCount[this.floor] === plan.workers) this.floor++;
    if (this.floor === before) return;
    const isNewPass = this.floor % (plan.blocks + 1) === 0;
    const issued = this.now + (isNewPass ? plan.recordMicros : 0);
    for (let i = 0; i < plan.workers; i++) {
      const arrival = issued + sample(plan.delay, this.scheduler);
      this.queue.push(arrival, { type: "heard", worker: i, floor: this.floor });
    }
  }
}

const micros = (bytes: number, bytesPerSecond: number): number => (bytes / bytesPerSecond) * 1e6;

function insert(ascending: number[], item: number): void {
  let at = ascending.length;
  while (at > 0 && ascending[at - 1] > item) at--;
  ascending.splice(at, 0, item);
}
