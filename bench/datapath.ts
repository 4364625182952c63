/**
 * Pushes and pulls over gRPC between processes of this machine, as programs see them: from the request to the answer,
 * applied, with the real roles at both ends. Beside them what the same bytes take over a bare stream and a raw socket.
 */
import { benchJob } from "./bench-job.ts";
import { runJob } from "./cluster.ts";
import { type DatapathOptions, denseAtOnce, denseBlockKeys, smallAtOnce } from "./datapath-application.ts";
import { type Links, batchMicros, linksToProcess, messagesPerSecond, pingPong } from "./far-process.ts";
import {
  type BenchOptions,
  type Figure,
  benchOptions,
  isStartedAgain,
  median,
  print,
  quantile,
} from "./report.ts";

const valueBytes = 4;
const mebibyte = 1024 * 1024;

/** Microseconds by what was measured. */
type Samples = Map<string, number[]>;

async function measureCluster(size: DatapathOptions, samples: Samples): Promise<void> {
  let saturated: readonly number[] = [0, 0];
  await runJob(benchJob("datapath", size), {
    servers: 1,
    workers: 1,
    module: new URL("./datapath-application.js", import.meta.url).href,
    place: "inline",
    heartbeatsOf: "server-0",
    told: (_node, told) => {
      if (told.type === "measured" && told.what === "saturated") saturated = told.micros;
      else if (told.type === "measured") add(samples, told.what, told.micros);
      else if (told.type === "heartbeats") {
        const [begin, end] = saturated;
        const during = told.micros.filter((_, i) => told.answeredAt[i] > begin && told.answeredAt[i] < end);
        add(samples, "heartbeat", during);
      }
    },
  });
}

function add(samples: Samples, what: string, micros: readonly number[]): void {
  samples.set(what, [...(samples.get(what) ?? []), ...micros]);
}

/** The same bytes in the pieces that suit a stream best, one such push at a time, and the socket's own figures. */
async function measureCeilings(
  { links }: Links,
  size: DatapathOptions,
  options: BenchOptions,
  samples: Samples,
): Promise<void> {
  const bytes = size.keys * valueBytes;
  const pieces = Math.max(1, Math.round(bytes / (mebibyte / 4)));
  const times = options.isQuick ? 3 : 20;
  for (let i = 0; i < times; i++) {
    add(samples, "bare pieces", [await batchMicros(links.grpc, Math.ceil(bytes / pieces), pieces)]);
    add(samples, "bare whole", [await batchMicros(links.grpc, bytes, 1)]);
  }
  add(samples, "socket", await pingPong(links.tcp, 64, options.isQuick ? 50 : 1000));
  const perSecond = await messagesPerSecond(links.tcp, mebibyte, 8, options.isQuick ? 20 : 300);
  add(samples, "socket 1 MB", [1e6 / perSecond]);
}

function figuresOf(samples: Samples, keys: number): readonly Figure[] {
  const p50 = (what: string): number => median(samples.get(what) ?? [Number.NaN]);
  // A million keys a second is a key a microsecond.
  const keyRate = (what: string): number => keys / p50(what);
  const bare = Math.min(p50("bare pieces"), p50("bare whole"));
  const bareKeys = { what: "the same bytes, bare stream", value: keys / bare };
  const socket = { what: "raw TCP ping-pong", value: p50("socket") };
  const block = denseBlockKeys * valueBytes;
  const socketSpeed = { what: "raw TCP, 1 MB", value: mebibyte / p50("socket 1 MB") };
  const denseSpeed = (what: string): number => (denseAtOnce * block) / p50(what);
  const heartbeats = samples.get("heartbeat") ?? [];
  const unit = "M keys/s";
  return [
    {
      what: `push of ${keys} keys seen before`,
      value: keyRate("push"),
      unit,
      against: bareKeys,
      goal: { atLeast: 0.5 },
    },
    {
      what: `pull of ${keys} keys seen before`,
      value: keyRate("pull"),
      unit,
      against: bareKeys,
      goal: { atLeast: 0.4 },
    },
    {
      what: "push of a list not seen before",
      value: keyRate("push of a new list"),
      unit,
      goal: { atLeast: 20 },
    },
    { what: "push that makes every row", value: keyRate("push, every key new"), unit },
    {
      what: "dense pushes of 1 MB",
      value: denseSpeed("dense pushes"),
      unit: "MB/s",
      against: socketSpeed,
      goal: { atLeast: 0.25 },
    },
    {
      what: "dense pulls of 1 MB",
      value: denseSpeed("dense pulls"),
      unit: "MB/s",
      against: socketSpeed,
      goal: { atLeast: 0.25 },
    },
    {
      what: "push of a key, p50",
      value: p50("push of a key"),
      unit: "us",
      against: socket,
      goal: { atMost: 1.5 },
    },
    {
      what: "pull of a key, p50",
      value: p50("pull of a key"),
      unit: "us",
      against: socket,
      goal: { atMost: 1.5 },
    },
    {
      what: `pushes of a key, ${smallAtOnce} at once`,
      value: (1e6 * smallAtOnce) / p50("pushes of a key at once"),
      unit: "/s",
    },
    {
      what: "heartbeats of a saturated server, p99",
      value: heartbeats.length === 0 ? null : quantile(heartbeats, 0.99) / 1000,
      unit: "ms",
      goal: { atMost: 15 },
      note: `${heartbeats.length} of them`,
    },
  ];
}

async function main(): Promise<void> {
  const options = benchOptions();
  const size: DatapathOptions = options.isQuick
    ? { keys: 10_000, lists: 5, singles: 40, saturateMicros: 50_000 }
    : { keys: 1_000_000, lists: 40, singles: 6_000, saturateMicros: 1_500_000 };
  const samples: Samples = new Map();
  const links = await linksToProcess();
  for (let round = 0; round < (options.isQuick ? 1 : 3); round++) {
    await measureCeilings(links, size, options, samples);
    await measureCluster(size, samples);
  }
  links.close();
  print("datapath", options, figuresOf(samples, size.keys));
}

if (!isStartedAgain(import.meta.url)) await main();
