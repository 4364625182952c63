/** Starts the other process of the transport bench. */
import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { type FarEnd, type Link, type LinkKind, connect, linkKinds } from "./links.ts";

export interface Links {
  readonly links: Readonly<Record<LinkKind, Link>>;
  close(): void;
}

/** A connection of every kind to a process of its own. */
export async function linksToProcess(): Promise<Links> {
  const child = fork(fileURLToPath(new URL("./far-end.js", import.meta.url)));
  const [ends] = (await once(child, "message")) as [Record<LinkKind, FarEnd>];
  const links = {} as Record<LinkKind, Link>;
  for (const kind of linkKinds) links[kind] = await connect(kind, ends[kind]);
  return {
    links,
    close: () => {
      for (const link of Object.values(links)) link.close();
      child.disconnect();
    },
  };
}

/** Keeps `depth` messages of `bytes` on their way for so long. Returns messages a second. */
export function messagesPerSecond(
  link: Link,
  bytes: number,
  depth: number,
  milliseconds: number,
): Promise<number> {
  const message = link.message(bytes);
  const begin = performance.now();
  let sent = 0;
  let count = 0;
  return new Promise((resolve) => {
    link.arrived = () => {
      count++;
      const now = performance.now();
      if (now < begin + milliseconds) {
        sent++;
        link.send(message);
      } else if (count === sent) resolve((1000 * count) / (now - begin));
    };
    for (; sent < depth; sent++) link.send(message);
  });
}

/** One message there and its reply back, one after the other. Microseconds of each. */
export async function pingPong(link: Link, bytes: number, count: number): Promise<readonly number[]> {
  const message = link.message(bytes);
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const begin = performance.now();
    await new Promise<void>((resolve) => {
      link.arrived = resolve;
      link.send(message);
    });
    times.push(1000 * (performance.now() - begin));
  }
  return times;
}

/** Microseconds of so many messages at once, until all have arrived. */
export async function batchMicros(link: Link, bytes: number, count: number): Promise<number> {
  const message = link.message(bytes);
  const begin = performance.now();
  await new Promise<void>((resolve) => {
    let left = count;
    link.arrived = () => {
      left--;
      if (left === 0) resolve();
    };
    for (let i = 0; i < count; i++) link.send(message);
  });
  return 1000 * (performance.now() - begin);
}
