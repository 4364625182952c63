/**
 * What safety costs, and what growing does: the same pushes of three workers to three servers that keep each segment at
 * none, one or two replicas, with each kind of replication; and pushes that go on while a fourth server joins.
 */
import { type NodeId, nodeId, type Replication } from "#tauring/core/index.js";
import { benchJob } from "./bench-job.ts";
import type { ChainBenchOptions } from "./chain-application.ts";
import { runJob } from "./cluster.ts";
import type { Told } from "./told.ts";
import { benchOptions, type Figure, isStartedAgain, median, print, quantile } from "./report.ts";

const servers = 3;
const workers = 3;
const joiner = nodeId(`server-${servers}`);
/** Of a range while it moves, for 1,000,000 keys. */
const pauseMsMax = 50;
const module: string = new URL("./chain-application.js", import.meta.url).href;

interface Variant {
  readonly name: string;
  readonly replicas: number;
  readonly replication: Replication;
}

const none: Variant = { name: "no replica", replicas: 0, replication: "after-aggregation" };
const variants: readonly Variant[] = [
  none,
  ...([1, 2] as const).flatMap((replicas) =>
    (["after-aggregation", "naive"] as const).map((replication) => ({
      name: `${replicas} ${replicas === 1 ? "replica" : "replicas"}, ${replication.replace("-", " ")}`,
      replicas,
      replication,
    })),
  ),
];

/** By variant and what was measured. */
type Samples = Map<string, number[]>;

function add(samples: Samples, name: string, values: readonly number[]): void {
  samples.set(name, [...(samples.get(name) ?? []), ...values]);
}

async function measure(size: ChainBenchOptions, variant: Variant, samples: Samples): Promise<void> {
  const { name, replicas, replication } = variant;
  const more = { slotCount: workers, policy: { lost: "replace", replication } } as const;
  await runJob(benchJob("chains", size, more), {
    servers,
    workers,
    replicas,
    module,
    place: "inline",
    told: (_node, told) => {
      if (told.type === "measured") add(samples, `${name}/${told.what}`, told.micros);
      if (told.type === "sent") {
        add(samples, `${name}/chains`, [told.servers]);
        add(samples, `${name}/pushes`, [told.workers]);
      }
    },
  });
}

type Sealed = Extract<Told, { readonly type: "sealed" }> & { readonly node: NodeId };

/** Pushes to a range each while a server joins. */
interface Join {
  readonly begun: readonly number[];
  readonly took: readonly number[];
  /** The cluster knew it. */
  readonly startedAt: number;
  /** It was master of all that it became master of. */
  readonly endedAt: number;
  /** Of each segment that it took over, for how long nobody was its master. */
  readonly pauses: readonly number[];
}

async function measureJoin(size: ChainBenchOptions): Promise<Join> {
  const begun: number[] = [];
  const took: number[] = [];
  const sealed: Sealed[] = [];
  const adopted = new Map<string, number>();
  let startedAt = Number.NaN;
  await runJob(benchJob("chains", size, { slotCount: 1 }), {
    servers,
    workers: 1,
    replicas: 1,
    module,
    place: "inline",
    joins: (told) => (told.type === "measured" && told.what === "join begins" ? joiner : undefined),
    told: (node, told) => {
      if (told.type === "started" && node === joiner) startedAt = told.at;
      if (told.type === "sealed") sealed.push({ ...told, node });
      if (told.type === "adopted") adopted.set(`${node} ${told.view}`, told.at);
      if (told.type !== "measured") return;
      if (told.what === "join, begun") begun.push(...told.micros);
      if (told.what === "join, took") took.push(...told.micros);
    },
  });
  const moves = movesIn(sealed);
  const pauses = moves.map(({ from, to }) => to.at - (adopted.get(`${from.node} ${to.view}`) ?? Number.NaN));
  return { begun, took, startedAt, endedAt: Math.max(...moves.map(({ to }) => to.at)), pauses };
}

/** From the master of each segment before to the newcomer. */
function movesIn(sealed: readonly Sealed[]): readonly { readonly from: Sealed; readonly to: Sealed }[] {
  const order = [...sealed].sort((a, b) => a.view - b.view);
  const masters = new Map<number, Sealed>();
  return order.flatMap((to) => {
    const from = masters.get(to.segment);
    masters.set(to.segment, to);
    return to.node === joiner && from !== undefined && from.node !== joiner ? [{ from, to }] : [];
  });
}

function figuresOf(samples: Samples, measured: readonly Variant[], keys: number): readonly Figure[] {
  const p50 = ({ name }: Variant, what: string): number =>
    median(samples.get(`${name}/${what}`) ?? [Number.NaN]);
  const against = (variant: Variant, value: number): Pick<Figure, "against"> =>
    variant === none ? {} : { against: { what: `with ${none.name}`, value } };
  const throughput = measured.map((variant) => ({
    what: `pushes of ${keys} keys, ${variant.name}`,
    value: (workers * keys) / p50(variant, "push"),
    unit: "M keys/s",
    ...against(variant, (workers * keys) / p50(none, "push")),
  }));
  const latency = measured.map((variant) => ({
    what: `push of a key, p50, ${variant.name}`,
    value: p50(variant, "push of a key"),
    unit: "us",
    ...against(variant, p50(none, "push of a key")),
  }));
  const chainBytes = (variant: Variant): number => p50(variant, "chains") - p50(none, "chains");
  const traffic = measured.slice(1).map((variant): Figure => {
    const { name, replicas, replication } = variant;
    const times = replication === "naive" ? replicas : replicas / workers;
    return {
      what: `down the chains, ${name}`,
      value: chainBytes(variant) / 1e6,
      unit: "MB",
      against: { what: "MB pushed", value: p50(variant, "pushes") / 1e6 },
      goal: { atMost: 1.25 * times },
      note: replication === "naive" ? `k = ${replicas}` : `k/n = ${replicas}/${workers}`,
    };
  });
  return [...throughput, ...latency, ...traffic];
}

function joinFigures(join: Join, keys: number): readonly Figure[] {
  const { begun, took, startedAt, endedAt, pauses } = join;
  const isDuring = (_: number, i: number): boolean => begun[i] + took[i] > startedAt && begun[i] < endedAt;
  const during = took.filter(isDuring);
  const after = took.filter((_, i) => begun[i] > endedAt + 100_000);
  const what = "push of a key";
  if (pauses.length === 0 || after.length === 0) {
    const note = `${joiner} was master of ${pauses.length} segments by the end`;
    return [{ what: `${what}, while ${joiner} joins`, value: null, unit: "us", note }];
  }
  const moved = `${pauses.length} of the segments of ${keys} keys moved within ${Math.round((endedAt - startedAt) / 1000)} ms`;
  const each = pauses.map((micros) => (micros / 1000).toFixed(1)).join(", ");
  const ms = (values: readonly number[], share: number): number => quantile(values, share) / 1000;
  return [
    {
      what: "pause of a segment as it moves, the longest",
      value: Math.max(...pauses) / 1000,
      unit: "ms",
      goal: { atMost: pauseMsMax },
      note: `${each} ms, from when its old master stops to when its new one serves; ${moved}`,
    },
    ...([0.5, 0.99, 1] as const).map((share): Figure => {
      const name = share === 1 ? "the longest" : `p${100 * share}`;
      const settled = { what: "after it", value: ms(after, share) };
      return {
        what: `${what}, ${name}, while ${joiner} joins`,
        value: ms(during, share),
        unit: "ms",
        against: settled,
      };
    }),
  ];
}

const joinOnly = "--join-only";

async function main(): Promise<void> {
  const options = benchOptions(joinOnly);
  const { isQuick } = options;
  const size: ChainBenchOptions = isQuick
    ? { keys: 10_000, lists: 6, singles: 20, joinMicros: 0 }
    : { keys: 1_000_000, lists: 20, singles: 1_000, joinMicros: 0 };
  const samples: Samples = new Map();
  const isJoinOnly = process.argv.includes(joinOnly);
  const of = isQuick ? variants.filter(({ replicas }) => replicas !== 1) : variants;
  const measured = isJoinOnly ? [] : of;
  for (let round = 0; round < (isQuick ? 1 : 2); round++) {
    for (const variant of measured) await measure(size, variant, samples);
  }
  const join = await measureJoin({
    ...size,
    joinMicros: isQuick ? 1_000_000 : isJoinOnly ? 10_000_000 : 20_000_000,
  });
  print("replication", options, [
    ...(isJoinOnly ? [] : figuresOf(samples, measured, size.keys)),
    ...joinFigures(join, size.keys),
  ]);
}

if (!isStartedAgain(import.meta.url)) await main();
