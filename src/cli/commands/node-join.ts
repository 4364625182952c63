/** `tauring node join ROLE|NODE`: one more node of a running cluster, in this process, started as the others were. */
import { existsSync } from "node:fs";
import { isNodeId, type NodeId, type Role, roleOf, roles } from "../../core/index.ts";
import { freeName, isLoopback } from "../../net/index.ts";
import { splitAddress } from "../address.ts";
import { type ClusterOptions, type ReachedCluster, reachCluster } from "../cluster-access.ts";
import { CommandError, exitCodes } from "../exit.ts";
import { print, say } from "../output.ts";
import { isEtcd, registryArguments, type RegistryOptions } from "../registry.ts";
import { start, type StartOptions } from "./start.ts";

export interface JoinOptions extends ClusterOptions, RegistryOptions {
  readonly bind: string;
  readonly advertise?: string;
  readonly drainTimeoutMs: number;
  readonly print?: boolean;
}

const rejoinMax = 10;

export async function joinNode(name: string, options: JoinOptions): Promise<number> {
  const reached = await reachCluster(options);
  const node = nodeToJoin(name, reached);
  const started = startOptions(node, reached, options);
  const command = commandText(started);
  if (options.print === true) {
    print(command);
    return exitCodes.success;
  }
  say(command);
  return start(started);
}

function nodeToJoin(name: string, { members }: ReachedCluster): NodeId {
  if (roles.some((role) => role === name)) return freeName(name as Role, members);
  if (!isNodeId(name)) {
    throw new CommandError(
      exitCodes.usage,
      `found "${name}"; expected a role (${roles.join(", ")}), or a node such as server-3`,
    );
  }
  const member = members.find(({ node }) => node === name);
  const free = freeName(roleOf(name), members);
  if (member?.isDecommissioned === true) {
    throw new CommandError(
      exitCodes.refused,
      `${name} was decommissioned, and may not come back: ${free} is free`,
    );
  }
  if (member === undefined || member.isGone) return name;
  throw new CommandError(
    exitCodes.usage,
    `${name} is in the cluster already, at ${member.address}: ${free} is free`,
  );
}

function startOptions(node: NodeId, reached: ReachedCluster, options: JoinOptions): StartOptions {
  const { cluster, shape } = reached;
  const { bind, advertise, drainTimeoutMs, tlsCert, tlsKey, tlsCa } = options;
  const { registryAddress, checkpointFolder: _, ...counts } = shape;
  const role = roleOf(node);
  if (registryAddress === "" && !isEtcd(options)) {
    throw new CommandError(
      exitCodes.usage,
      "--registry: the cluster's registry is in etcd: say where (etcd://host:port)",
    );
  }
  if (registryAddress !== "" && role === "manager") {
    throw new CommandError(
      exitCodes.refused,
      `the registry is in the process of the manager at ${registryAddress}, and ends with it: a second manager helps ` +
        "where the registry is in etcd (--registry etcd://host:port)",
    );
  }
  // A manager that says 127.0.0.1 is on this machine.
  const isFar = registryAddress !== "" && !isLoopback(splitAddress(registryAddress, "the registry").host);
  if (isFar && isLoopback(splitAddress(bind, "--bind").host) && advertise === undefined) {
    throw new CommandError(
      exitCodes.usage,
      `--bind: the manager is at ${registryAddress}, and nobody there could reach ${bind}: give this machine's address`,
    );
  }
  const tls = { ...(tlsCert && { tlsCert }), ...(tlsKey && { tlsKey }), ...(tlsCa && { tlsCa }) };
  const registry = isEtcd(options) ? options : { connect: registryAddress };
  return {
    role,
    id: Number(node.slice(role.length + 1)),
    cluster,
    bind,
    ...(advertise !== undefined && { advertise }),
    ...counts,
    ...tls,
    ...registryOnly(registry),
    ...checkpointsOf(reached),
    rejoinMax,
    drainTimeoutMs,
  };
}

/** The folder is one for all nodes: one of the same name on another machine would lose the newcomer's parts. */
function checkpointsOf({ shape, members }: ReachedCluster): Pick<StartOptions, "checkpointDir"> {
  const { checkpointFolder } = shape;
  if (checkpointFolder === "") return {};
  const isOneMachine = members.every(({ address }) => isLoopback(splitAddress(address, "an address").host));
  if (isOneMachine || existsSync(checkpointFolder)) return { checkpointDir: checkpointFolder };
  say(
    `the cluster keeps checkpoints in ${checkpointFolder}, which is not here: none can be taken while this node holds anything`,
  );
  return {};
}

/** Where its registry is, as `tauring start` is told. */
function registryOnly(
  from: RegistryOptions & { readonly connect?: string },
): RegistryOptions & { readonly connect?: string } {
  const { registry, registryUser, registryCa, registryCert, registryKey, registryInsecure } = from;
  const connect = registry === undefined ? from.connect : undefined;
  const all = { connect, registry, registryUser, registryCa, registryCert, registryKey, registryInsecure };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

function commandText(options: StartOptions): string {
  const { role, id, cluster, bind, advertise, connect, servers, workers, virtualServers, replicas } = options;
  const named = {
    "--role": role,
    "--id": id,
    "--cluster": cluster,
    "--bind": bind,
    "--advertise": advertise,
    "--connect": connect,
    "--servers": servers,
    "--workers": workers,
    "--virtual-servers": virtualServers,
    "--replicas": replicas,
    "--suspect-after-ms": options.suspectAfterMs,
    "--checkpoint-dir": options.checkpointDir,
    "--tls-cert": options.tlsCert,
    "--tls-key": options.tlsKey,
    "--tls-ca": options.tlsCa,
  };
  const words = Object.entries(named).flatMap(([flag, value]) =>
    value === undefined ? [] : [flag, String(value)],
  );
  return ["tauring start", ...words, ...registryArguments(options)].join(" ");
}
