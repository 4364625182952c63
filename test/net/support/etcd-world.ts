/** Clients of a real etcd for the contract suite and for tests of what is behind it. */
import {
  defaultEtcdLimits,
  etcdKeyPrefix,
  type EtcdLimits,
  type EtcdOptions,
} from "../../../src/net/registry/etcd/etcd-options.ts";
import { EtcdRegistry } from "../../../src/net/registry/etcd/etcd-registry.ts";
import type { RegistryWorld } from "../../contract/registry.ts";
import { until } from "./clock.ts";
import type { EtcdMembers } from "./etcd-members.ts";
import { pass } from "./registry-worlds.ts";
import { TcpRelay } from "./tcp-relay.ts";

const etcdLimits: EtcdLimits = {
  ...defaultEtcdLimits,
  connectTimeoutMs: 1_000,
  attemptTimeoutMs: 1_500,
  requestTimeoutMs: 4_000,
  watchProbeAfterMs: 500,
  watchProbeTimeoutMs: 1_000,
};

/** A place in etcd that nobody has used yet. */
export function etcdOptions(members: readonly string[], options: Partial<EtcdOptions> = {}): EtcdOptions {
  return {
    members,
    keyPrefix: etcdKeyPrefix(`test ${placeCount++}`),
    tls: undefined,
    user: undefined,
    limits: etcdLimits,
    ...options,
  };
}

let placeCount = 0;

/** Clients of etcd's members, through a relay to each that can fail. */
export async function etcdWorld(
  members: EtcdMembers,
  options: Partial<EtcdOptions> = {},
): Promise<RegistryWorld> {
  const ports = members.addresses.map((address) => Number(address.slice(address.lastIndexOf(":") + 1)));
  const relays = await Promise.all(ports.map((port) => TcpRelay.to(port)));
  const place = etcdOptions(
    relays.map(({ port }) => `127.0.0.1:${port}`),
    options,
  );
  const clients: EtcdRegistry[] = [];
  return {
    client: () => {
      // Each begins at another member.
      const turn = clients.length % relays.length;
      const turned = [...place.members.slice(turn), ...place.members.slice(0, turn)];
      const client = new EtcdRegistry({ ...place, members: turned });
      clients.push(client);
      return client;
    },
    until,
    pass,
    leaseMs: 3_000,
    connection: {
      cut: () => relays.forEach((relay) => relay.cut()),
      loseAnswers: () => relays.forEach((relay) => relay.loseAnswers()),
    },
    close: async () => {
      await Promise.all(clients.map((client) => client.close()));
      await Promise.all(relays.map((relay) => relay.close()));
    },
  };
}
