/** A process of the swarm: runs what it is told, one after the other. With a plant it runs a core with that bug. */
import { register } from "node:module";
import type { FromChild, Order, ProbeOrder } from "./messages.ts";

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
