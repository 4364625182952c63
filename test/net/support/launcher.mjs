/** Starts a local cluster, says its children's process ids, and waits to be killed. */
import { LocalCluster } from "../../../dist/net/cluster/local-cluster.js";

const child = new URL("./child.mjs", import.meta.url).pathname;
const cluster = new LocalCluster({
  nodes: ["manager-0", "server-0", "worker-0"],
  command: (node, registryAddress) => ({
    file: process.execPath,
    args: [child, node, registryAddress ?? "-", process.argv[2] ?? "good"],
  }),
  log: () => {},
  exited: () => {},
});
await cluster.start();
console.log(JSON.stringify([...cluster.pids().values()]));
setInterval(() => {}, 1000);
