/** What of a scenario can be done to real processes; the rest is refused by name before anything is started. */
import { defaultNodeOptions } from "../../core/index.ts";
import { castParts, castWords, type Scenario, targetsOf, type WrittenFault } from "../../sim/index.ts";

type Kind = WrittenFault["kind"];

/** How, or why not. */
interface Capability {
  readonly can: boolean;
  readonly how: string;
}

const can = (how: string): Capability => ({ can: true, how });
const cannot = (how: string): Capability => ({ can: false, how });

export const capabilities: Readonly<Record<Kind, Capability>> = {
  crash: can("SIGKILL, and another process after `restart`"),
  "crash-loop": can("the same, several times"),
  pause: can(
    "SIGSTOP and SIGCONT; what falls due meanwhile wakes as the machine has it: `wakes: in-order` only",
  ),
  cut: can("the wires run through a proxy: one way or both, drop, hold and reset"),
  partition: can("as `cut`"),
  swizzle: can("as `cut`"),
  clog: can("the proxy delays each piece"),
  link: can(
    "`delay` as `clog`; a stream over TCP loses, doubles and reorders nothing, and breaks only by a `cut`",
  ),
  nic: cannot("the proxy does not share out bandwidth"),
  join: can("another process"),
  leave: can("SIGTERM: the node hands over what it holds, and ends"),
  decommission: can("as `tauring node decommission`: the acting manager is asked until it has marked it"),
  preempt: can("SIGTERM, and SIGKILL when the notice is over"),
  slow: cannot("nothing slows one process down by a factor"),
  clock: cannot("the processes share the machine's clock, which nobody may set"),
  disk: cannot("nothing makes the files of one process fail, or damages them"),
  memory: cannot("what a process may use is the machine's to say, before it starts"),
  "heal-all": can("every cut, delay and pause is over"),
  core: can("SIGKILL of all others, once all is healed"),
  abandon: can("its client closes its connections, and another follows the job"),
  submit: can("the job is submitted once more, and refused"),
};

/** Empty: it can be run. */
export function realRefusals(scenario: Scenario, hasEtcd: boolean): readonly string[] {
  const found: string[] = [];
  if (!scenario.targets.includes("real")) found.push("targets: it is not for real processes");
  const { net, limits, cluster, budget, reseeds, resume } = scenario;
  if (net.default.mode === "datagram") found.push("net.default.mode: datagram links do not exist over TCP");
  for (const name of ["repeat", "reset"] as const)
    if (net.default[name] > 0) found.push(`net.default.${name}: nothing does this on a real wire`);
  const { egress, ingress } = net.nic;
  if (egress !== undefined || ingress !== undefined) found.push(`net.nic: ${capabilities.nic.how}`);
  const { requestLoss, answerLoss, late, watchLoss, minority } = net.registryFaults;
  if (requestLoss + answerLoss + late + watchLoss > 0 || minority.length > 0)
    found.push("net.registryFaults: a real registry fails only as its processes and wires do");
  for (const [name, value] of Object.entries(limits))
    if (value !== defaultNodeOptions[name as keyof typeof limits])
      found.push(
        `limits.${name}: processes have its default, ${defaultNodeOptions[name as keyof typeof limits]}`,
      );
  if (reseeds.length > 0) found.push("reseeds: a real run draws nothing that a seed decides");
  if (resume !== undefined)
    found.push("resume: a cluster of processes goes on from a folder: tauring checkpoint restore");
  if (budget?.lane === "safety-only") found.push("budget.lane: safety-only runs need the simulator's end");
  if (cluster.managers > 1 && !hasEtcd)
    found.push("cluster.managers: several share a registry in etcd; give --registry etcd://host:port");
  scenario.faults.forEach((fault, i) => {
    const why = faultRefusal(fault, hasEtcd);
    if (why !== undefined) found.push(`faults.${i} (${fault.kind}): ${why}`);
  });
  return found;
}

function faultRefusal(fault: WrittenFault, hasEtcd: boolean): string | undefined {
  const { can: isDone, how } = capabilities[fault.kind];
  if (!isDone) return how;
  if (fault.kind === "pause" && fault.wakes !== "in-order") return how;
  if (fault.kind === "crash" && fault.writes === "lost")
    return "writes: lost: what a process has given to the file system stays when it is killed";
  if ((fault.kind === "join" || fault.kind === "crash") && fault.version !== undefined)
    return "version: there is one release here, which speaks one version";
  if (fault.kind === "link") {
    const other = (["loss", "duplicate", "reorder", "reset"] as const).find(
      (name) => fault[name] !== undefined,
    );
    if (other !== undefined) return `${other}: ${how}`;
  }
  if (hasEtcd) return undefined;
  const targets = targetsOf(fault);
  if (targets.includes("registry"))
    return "the registry is in manager-0, and both are behind one wire; give --registry etcd://host:port";
  // Who is left is not harmed; without the manager nobody has the registry.
  if (fault.kind === "core")
    return targets.includes("manager-0")
      ? undefined
      : "manager-0 has the registry, and must be left; give --registry etcd://host:port";
  const manager = targets.find(mayBeManager);
  if (manager === undefined || fault.kind === "join") return undefined;
  return `${manager}: the registry is in the manager and goes with it; give --registry etcd://host:port`;
}

function mayBeManager(target: string): boolean {
  if (!target.startsWith("@")) return target.startsWith("manager-");
  const word = castWords[castParts(target)?.word ?? ""];
  // `@self` and `@peer` are whoever the fact names, as a server that was filled.
  return word.role === "manager";
}
