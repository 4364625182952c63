/** Training over gRPC on processes of this machine: distance to the optimum, time and traffic. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { secondsInOneProcess } from "./one-process.ts";
import { type BenchOptions, type Figure, benchOptions, median, print, short } from "./report.ts";
import { syntheticJob, syntheticRecord } from "./synthetic.ts";
import { type Trained, root, trainJob } from "./tauring.ts";

interface Cell {
  readonly job: string;
  readonly tau: number;
  readonly gap?: number;
  readonly accuracy?: number;
}

const cells: readonly Cell[] = [
  ...[0, 4, 8].flatMap((tau) => [
    { job: "clickbait", tau, accuracy: 0.965 },
    { job: "clickbait", tau, gap: 1e-6, accuracy: 0.965 },
  ]),
  { job: "a9a", tau: 0 },
  { job: "a9a", tau: 2 },
  ...[0, 4].flatMap((tau) => [
    { job: "imdb", tau },
    { job: "imdb", tau, gap: 1e-6 },
  ]),
];

function pathOf(job: string): string {
  return join(root, "jobs", `${job}.yaml`);
}

async function measureCell(
  { job, tau, gap, accuracy }: Cell,
  options: BenchOptions,
): Promise<readonly Figure[]> {
  const what = `${job}, tau ${tau}, ${gap === undefined ? "default stop" : `gap ${gap}`}`;
  const folder = process.env.TAURING_DATA_DIR ?? "";
  if (job === "imdb" && !existsSync(join(folder, "imdb.train.svm.gz"))) {
    return [{ what, value: null, unit: "gap", note: "TAURING_DATA_DIR has no imdb.train.svm.gz" }];
  }
  const args = ["--tau", String(tau), ...(gap === undefined ? [] : ["--gap", String(gap)])];
  if (options.isQuick) args.push("--passes", "1");
  const trained = await trainJob(pathOf(job), args);
  const { seconds, traffic, test } = trained;
  const idle = median(trained.workers.map(({ idle_fraction }) => idle_fraction));
  const spent = `eta ${short(trained.eta ?? 0)}, ${trained.passes} passes, ${trained.ended_by}, ${short(100 * idle)} % idle`;
  return [
    {
      what: `${what}: gap`,
      value: trained.relative_gap,
      unit: "",
      goal: { atMost: gap ?? 1e-3 },
      note: spent,
    },
    ...(test === null || gap !== undefined
      ? []
      : [accuracyFigure(`${what}: accuracy`, test.accuracy, accuracy)]),
    { what: `${what}: training`, value: seconds.train, unit: "s" },
    {
      what: `${what}: sent`,
      value: traffic.sent_bytes / 1e6,
      unit: "MB",
      against: { what: "without filters", value: traffic.unfiltered_bytes / 1e6 },
      note: savings(trained),
    },
  ];
}

function accuracyFigure(what: string, value: number, least: number | undefined): Figure {
  return { what, value, unit: "", ...(least === undefined ? {} : { goal: { atLeast: least } }) };
}

function savings({ traffic }: Trained): string {
  const shares = Object.entries(traffic.by_filter)
    .filter(([, bytes]) => bytes > 0)
    .map(([name, bytes]) => `${name} ${((100 * bytes) / traffic.unfiltered_bytes).toFixed(1)} %`);
  return `saved: ${shares.join(", ")}`;
}

/** What the filters are worth: the same job to the same end, without them, with key caching alone, and with all. */
async function measureFilters(options: BenchOptions): Promise<readonly Figure[]> {
  const path = pathOf("clickbait");
  const run = (...args: string[]): Promise<Trained> =>
    trainJob(path, [...args, ...(options.isQuick ? ["--passes", "2"] : [])]);
  const end = ["--tau", "4", "--gap", "1e-3"];
  const bare = await run("--filters", "none", ...end);
  const all = await run("--filters", "all", ...end);
  const passes = ["--tau", "0", "--passes", "5"];
  const laterBytes = ({ history }: Trained): number =>
    history[history.length - 1].sent_bytes - history[0].sent_bytes;
  const plain = laterBytes(await run("--filters", "none", ...passes));
  const cached = laterBytes(await run("--filters", "key-caching", ...passes));
  return [
    {
      what: "clickbait to a gap of 1e-3: sent without filters",
      value: bare.traffic.sent_bytes / 1e6,
      unit: "MB",
      against: { what: "with all of them", value: all.traffic.sent_bytes / 1e6 },
      goal: { atLeast: 10 },
      note: savings(all),
    },
    {
      what: "clickbait, tau 0, after the first pass: sent with key caching",
      value: cached / 1e6,
      unit: "MB",
      against: { what: "without filters", value: plain / 1e6 },
      // Of 48 bytes a key (pushed 8 + 16, asked 8, answered 16) 16 are keys.
      goal: { atMost: 0.7 },
    },
  ];
}

async function measureSynthetic(options: BenchOptions): Promise<readonly Figure[]> {
  const name = "200,000 x 500,000, 15.5 M non-zeros, tau 4, all filters";
  if (options.isQuick) return [{ what: name, value: null, unit: "s", note: "left out of a quick run" }];
  const record = syntheticRecord();
  const path = await syntheticJob(record);
  const alone: number[] = [];
  const together: Trained[] = [];
  for (let round = 0; round < 3; round++) {
    alone.push(await secondsInOneProcess(path, 1e-3, record.optimum));
    together.push(await trainJob(path, []));
  }
  const within = together.map(({ history }) =>
    history.find(({ objective }) => objective - record.optimum <= 1e-3 * record.optimum),
  );
  const seconds = median(within.map((entry) => entry?.seconds ?? Number.NaN));
  const bytes = median(within.map((entry) => entry?.sent_bytes ?? Number.NaN));
  const [last] = together;
  return [
    {
      what: `${name}: to a gap of 1e-3`,
      value: seconds,
      unit: "s",
      against: { what: "one process, no transport", value: median(alone) },
      goal: { atMost: 1.5 },
      note: `eta ${short(last.eta ?? 0)}`,
    },
    { what: `${name}: to a gap of 1e-3`, value: seconds, unit: "s", goal: { atMost: 2.5 } },
    {
      what: `${name}: sent until then`,
      value: bytes / 1e6,
      unit: "MB",
      goal: { atMost: 80 },
      note: savings(last),
    },
    {
      what: `${name}: gap in the end`,
      value: Math.max(...together.map(({ relative_gap }) => relative_gap ?? Number.NaN)),
      unit: "",
      goal: { atMost: 1e-6 },
      note: `${last.passes} passes, ${short(last.seconds.train)} s`,
    },
  ];
}

const options = benchOptions();
const figures: Figure[] = [];
const wanted = options.isQuick ? cells.filter(({ job, tau }) => job === "a9a" && tau === 2) : cells;
for (const cell of wanted) figures.push(...(await measureCell(cell, options)));
if (!options.isQuick) figures.push(...(await measureFilters(options)));
figures.push(...(await measureSynthetic(options)));
print("train", options, figures);
