/** One node of a bench's cluster: as `tauring start` runs it, with what the bench wants to know on its output. */
import {
  type Node,
  type Observation,
  createNode,
  decodeEnvelope,
  defaultNodeOptions,
} from "#tauring/core/index.js";
import type { NodeOptions } from "#tauring/core/index.js";
import {
  HostedPrograms,
  collectAtOnce,
  type ProgramModule,
  defaultTransportLimits,
  linkToParent,
  monotonicMicros,
  snappyCompressor,
  startNode,
} from "#tauring/net/index.js";
import { type NodeArguments, tell } from "./told.ts";

const heartbeatTimer = "shell:heartbeat";

/** What a frame of the control channel says. */
function messageType(frame: Uint8Array): string | undefined {
  const { frameBytesMax } = defaultNodeOptions;
  const decoded = decodeEnvelope(frame, { compressor: snappyCompressor, frameBytesMax });
  return decoded.ok ? decoded.envelope.message.type : undefined;
}

/** Notes for each heartbeat how long after it was due it was answered. */
function timed(node: Node): Node {
  let nextDue = 0;
  const due: number[] = [];
  const answeredAt: number[] = [];
  const micros: number[] = [];
  process.on("exit", () => tell({ type: "heartbeats", answeredAt, micros }));
  return {
    id: node.id,
    digest: () => node.digest(),
    why: (now) => node.why(now),
    step: (event, now) => {
      const effects = node.step(event, now);
      const dueNow = nextDue;
      for (const effect of effects) {
        if (effect.type === "set-timer" && effect.timer === heartbeatTimer) nextDue = effect.at;
        const isControl = effect.type === "send" && effect.channel === "control";
        if (isControl && messageType(effect.frame) === "heartbeat") due.push(dueNow);
      }
      const isControl = event.type === "received" && event.channel === "control";
      const isAnswer = isControl && messageType(event.frame) === "heartbeat-answered";
      const since = isAnswer ? due.shift() : undefined;
      if (since !== undefined && since > 0) {
        answeredAt.push(now);
        micros.push(monotonicMicros() - since);
      }
      return effects;
    },
  };
}

async function run(given: NodeArguments): Promise<void> {
  collectAtOnce();
  const { applications } = (await import(given.module)) as ProgramModule;
  const make = (options: NodeOptions): Node => {
    const node = createNode(options, { compressor: snappyCompressor, applications });
    return given.isHeartbeatTimed ? timed(node) : node;
  };
  const { id, clusterId, servers, workers, heartbeatIntervalMs, registryAddress, module, place } = given;
  let stop: (reason: string) => void = () => {};
  const link = linkToParent((reason) => stop(reason));
  const node = await startNode({
    options: {
      ...defaultNodeOptions,
      id,
      clusterId,
      serverCount: servers,
      workerCount: workers,
      replicas: given.replicas,
      heartbeatIntervalMs,
      // A bench may keep a machine busy, and none of its nodes is dead.
      suspectAfterMs: 60_000,
    },
    host: "127.0.0.1",
    port: 0,
    security: { tls: undefined, isInsecureAllowed: false },
    limits: defaultTransportLimits,
    registry:
      registryAddress === undefined
        ? { type: "serve", path: undefined }
        : { type: "connect", address: registryAddress },
    makeNode: make,
    programs: new HostedPrograms({ module, applications, place }),
    observe: (fact: Observation) => {
      if (fact.type === "node-started") {
        link.registered();
        tell({ type: "started", at: monotonicMicros() });
      }
      if (fact.type === "view-adopted") tell({ type: "adopted", view: fact.view, at: monotonicMicros() });
      if (fact.type !== "segment-sealed") return;
      const { segment, view } = fact;
      tell({ type: "sealed", segment, view, at: monotonicMicros() });
    },
    log: () => {},
  });
  stop = (reason) => node.stop(reason);
  process.on("SIGUSR2", tellMemory);
  link.ready(id, node.address);
  const exit = await node.exited;
  link.close();
  if (exit.type === "broken") throw exit.error;
  if (exit.reason !== undefined) throw new Error(exit.reason);
}

/** What is left after everything that can go has gone. */
function tellMemory(): void {
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external, rss } = process.memoryUsage();
  tell({ type: "memory", heapBytes: heapUsed + external, rssBytes: rss });
}

await run(JSON.parse(process.argv[2]) as NodeArguments);
