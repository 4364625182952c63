/** A child of a local cluster that behaves as its name says. */
import { linkToParent } from "../../../dist/net/cluster/parent-link.js";

const [node, registryAddress, behaviour] = process.argv.slice(2);
console.log(`hello from ${node}, registry ${registryAddress}`);
const timer = setInterval(() => {}, 1000);
const parent = linkToParent((reason) => {
  console.log(`${node} stops: ${reason}`);
  if (behaviour === "stubborn") return;
  clearInterval(timer);
  parent.close();
});
if (behaviour === "broken") {
  console.error("Error: this machine has no such address");
  process.exit(2);
}
// Before it is ready: a signal may come at once.
if (behaviour === "short") {
  process.on("SIGUSR2", () => {
    console.error("out of memory");
    process.exit(7);
  });
}
if (behaviour === "stuck") process.kill(process.pid, "SIGSTOP");
if (behaviour !== "loading") parent.ready(node, `address-of-${node}`);
if (behaviour === "stopped") setImmediate(() => process.kill(process.pid, "SIGSTOP"));
else if (behaviour !== "unregistered") parent.registered();
if (behaviour === "brief") {
  setTimeout(() => {
    clearInterval(timer);
    parent.close();
  }, 100);
}
