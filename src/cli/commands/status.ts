/** `tauring status|ring|clocks|workers`: one look at a running cluster, as a table or as one JSON document. */
import type { ClusterView } from "../../observe/index.ts";
import { clocksText, nodesOf, ringText, statusText, workersText } from "../cluster-text.ts";
import type { ClusterOptions } from "../cluster-access.ts";
import { type ClusterSnapshot, lookAtCluster } from "../cluster-snapshot.ts";
import { exitCodes } from "../exit.ts";
import { print, printJson, say } from "../output.ts";

export async function status(options: ClusterOptions): Promise<number> {
  return show(options, statusText, (snapshot) => {
    const { header, traffic, convergence } = snapshot.view;
    const { history: _, ...totals } = traffic;
    return { ...header, nodes: nodesOf(snapshot), traffic: totals, progress: convergence.newest };
  });
}

export async function ring(options: ClusterOptions): Promise<number> {
  return show(options, ringText, ({ view }) => ({ view: view.header.view, ...view.ring }));
}

export async function clocks(options: ClusterOptions): Promise<number> {
  return show(options, clocksText, ({ view }) => ({
    consistency: view.header.consistency,
    frontier: view.header.frontier,
    slots: view.slots.map(({ slot, worker, clock, lag, state, waitsFor }) => {
      return { slot, worker, clock, lag, state, waits_for: waitsFor };
    }),
    servers: serverClocks(view),
  }));
}

export async function workers(options: ClusterOptions): Promise<number> {
  return show(options, workersText, ({ view }) => ({ slots: view.slots }));
}

async function show(
  options: ClusterOptions,
  text: (snapshot: ClusterSnapshot) => string,
  json: (snapshot: ClusterSnapshot) => object,
): Promise<number> {
  const snapshot = await lookAtCluster(options);
  const { atMicros } = snapshot.view;
  const unreachable = snapshot.contacts.filter(({ lost }) => lost !== null);
  if (options.json === true) {
    printJson({
      schema_version: 1,
      at_micros: atMicros,
      ...json(snapshot),
      unreachable: unreachable.map(({ node, address, lost }) => ({ node, address, reason: lost })),
    });
  } else {
    print(text(snapshot));
    for (const { node, address, lost } of unreachable) {
      say(`${node} at ${address} cannot be reached, and what it would say is missing: ${lost}`);
    }
  }
  return exitCodes.success;
}

function serverClocks({ nodes }: ClusterView): object {
  const servers = nodes.filter(({ role, clocks: times }) => role === "server" && times.length > 0);
  return Object.fromEntries(servers.map(({ node, clocks: times }) => [node, times]));
}
