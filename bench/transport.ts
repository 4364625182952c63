/** What the network gives, layer by layer: raw TCP, raw HTTP/2, one bare gRPC stream, and the project's transport. */
import { linksToProcess, messagesPerSecond, pingPong } from "./far-process.ts";
import { type Link, type LinkKind, linkKinds } from "./links.ts";
import { type Figure, benchOptions, interleaved, isStartedAgain, print, quantile } from "./report.ts";

const kibibyte = 1024;
/** Bytes of a message, and how many are on their way. */
const sizes = [
  [64 * kibibyte, 16],
  [256 * kibibyte, 8],
  [1024 * kibibyte, 8],
] as const;
const names: Readonly<Record<LinkKind, string>> = {
  tcp: "raw TCP",
  http2: "raw HTTP/2, one stream",
  grpc: "bare gRPC stream",
  tauring: "tauring",
};

async function main(): Promise<void> {
  const options = benchOptions();
  const rounds = options.isQuick ? 1 : 9;
  const milliseconds = options.isQuick ? 20 : 200;
  const { links, close } = await linksToProcess();
  const over = (measure: (link: Link) => Promise<number>) =>
    interleaved(rounds, {
      tcp: () => measure(links.tcp),
      http2: () => measure(links.http2),
      grpc: () => measure(links.grpc),
      tauring: () => measure(links.tauring),
    });
  // Code and memory are warm before anything counts.
  for (const kind of linkKinds) await messagesPerSecond(links[kind], 256 * kibibyte, 8, milliseconds);
  const figures: Figure[] = [];
  for (const [bytes, depth] of sizes) {
    const speeds = await over(
      async (link) => ((await messagesPerSecond(link, bytes, depth, milliseconds)) * bytes) / 1e6,
    );
    figures.push(...compared(`push of ${bytes / kibibyte} KB`, "MB/s", speeds, goodputGoal(bytes)));
  }
  const turns = options.isQuick ? 50 : 500;
  const p50 = await over(async (link) => quantile(await pingPong(link, 64, turns), 0.5));
  figures.push(...compared("ping-pong of 64 B, p50", "us", p50));
  const small = await over((link) => messagesPerSecond(link, kibibyte, 64, milliseconds));
  figures.push(...compared("messages of 1 KB, 64 on their way", "/s", small));
  figures.push({
    what: "messages of 1 KB, coalesced",
    value: small.tauring,
    unit: "/s",
    goal: { atLeast: 100_000 },
  });
  close();
  print("transport", options, figures);
}

function goodputGoal(bytes: number): Figure["goal"] {
  return bytes >= 256 * kibibyte ? { atLeast: 0.35 } : undefined;
}

function compared(
  what: string,
  unit: string,
  values: Readonly<Record<LinkKind, number>>,
  goal?: Figure["goal"],
): readonly Figure[] {
  return linkKinds.map((kind) => ({
    what: `${what}: ${names[kind]}`,
    value: values[kind],
    unit,
    ...(kind === "tcp" ? {} : { against: { what: names.tcp, value: values.tcp } }),
    ...(kind === "tauring" && goal !== undefined ? { goal } : {}),
  }));
}

if (!isStartedAgain(import.meta.url)) await main();
