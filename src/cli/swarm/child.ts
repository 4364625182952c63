/** A process of the swarm: runs what it is told, one after the other. With a plant it runs a core with that bug. */
import { register } from "node:module";
import { setFlagsFromString } from "node:v8";
import type { FromChild, Order, ProbeOrder } from "./messages.ts";

// Drawn runs seldom do the same, and what the engine optimizes for one it does again for the next: it is to wait longer
// before it does (docs/performance.md). Before anything is loaded that runs.
setFlagsFromString("--interrupt-budget=300000");

const tell = (message: FromChild): void => {
  process.send?.(message);
};

// The terminal interrupts every process of a command: whoever started this one decides.
for (const name of ["SIGINT", "SIGHUP"] as const) process.on(name, () => {});
process.on("disconnect", () => process.exit(0));

const plant = process.argv[2];
if (plant !== undefined) register("./plant-hooks.js", import.meta.url, { data: JSON.parse(plant) });

const { runOrder } = await import("./run-order.ts");
const { isFailing } = await import("./probe.ts");

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

process.on("message", (order: Order | ProbeOrder) => {
  if (order.type !== "probe") tell({ type: "ran", outcome: runOrder(order) });
  else void isFailing(order).then((failing) => tell({ type: "probed", isFailing: failing, cpuMs: cpuMs() }));
});
tell({ type: "ready" });
