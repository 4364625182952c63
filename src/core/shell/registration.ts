/**
 * How a node enters the cluster: it watches the registry, makes sure that it is the right cluster's, and takes the next
 * incarnation of its name by compare-and-set. While the registry cannot be reached it asks again.
 */
import type { Micros } from "../ids.ts";
import { milliseconds } from "../ids.ts";
import { isCount, parseObjectText } from "../registry/json.ts";
import { parseNodeRecord, recordKeys } from "../registry/records.ts";
import type { RegistryAnswer, RegistryRecord, RegistryWrite } from "../registry/registry.ts";
import type { Shell } from "../shell.ts";

export const registrationTimer = "shell:register";

export type RegistrationHost = Pick<Shell, "id" | "now" | "options" | "registry" | "setTimer"> & {
  /** All records as they are now. */
  recordsRead(records: readonly RegistryRecord[]): void;
  registered(incarnation: number): void;
  /** It is not this node's cluster, or the registry has no room for the node. */
  refused(reason: string): void;
};

export class Registration {
  private readonly host: RegistrationHost;
  private isWatching: boolean = false;
  /** What may have been written: whether it was is not known. */
  private unknown: { readonly incarnation: number; readonly record: string } | undefined = undefined;

  constructor(host: RegistrationHost) {
    this.host = host;
  }

  /** Also after `registrationTimer`. */
  begin(): void {
    if (this.isWatching) {
      this.host.registry({ type: "read", prefix: "" }, (answer) => this.read(answer));
      return;
    }
    this.host.registry({ type: "watch", prefix: "" }, (answer) => {
      this.isWatching = answer.type === "watching";
      if (this.isWatching) this.begin();
      else this.unanswered(answer);
    });
  }

  private read(answer: RegistryAnswer): void {
    if (answer.type !== "records") return this.unanswered(answer);
    const { host } = this;
    host.recordsRead(answer.records);
    const cluster = answer.records.find(({ key }) => key === recordKeys.cluster);
    const reason = cluster === undefined ? undefined : this.checkCluster(cluster.value);
    if (reason !== undefined) return host.refused(reason);
    const own = answer.records.find(({ key }) => key === recordKeys.node(host.id));
    const { unknown } = this;
    // A second incarnation would say that this node was restarted, and that what it held is lost.
    if (unknown !== undefined && own?.value === unknown.record) host.registered(unknown.incarnation);
    else this.take(cluster, own);
  }

  private checkCluster(value: string): string | undefined {
    const { clusterId, protocolVersion } = this.host.options;
    const cluster = parseObjectText(value, "the registry's record cluster");
    if (typeof cluster === "string") return cluster;
    const { protocol = 1 } = cluster;
    if (cluster.id === clusterId && protocol !== protocolVersion)
      return `this node speaks protocol version ${protocolVersion}, and cluster "${clusterId}" speaks ${JSON.stringify(protocol)}: start it in the release that the cluster runs`;
    if (cluster.id === clusterId) return undefined;
    return `clusterId is "${clusterId}", but the registry belongs to cluster ${JSON.stringify(cluster.id)}`;
  }

  /** Takes the next incarnation, unless somebody else was quicker. */
  private take(cluster: RegistryRecord | undefined, own: RegistryRecord | undefined): void {
    const { id, options, registry } = this.host;
    const key = recordKeys.node(id);
    const last = own === undefined ? undefined : parseNodeRecord(own.value);
    if (typeof last === "object" && last.isDecommissioned === true) {
      const help = "start it under another name (--id), which nobody has had";
      return this.host.refused(`${id} was decommissioned, and may not come back: ${help}`);
    }
    const incarnation = typeof last === "object" && isCount(last.incarnation) ? last.incarnation + 1 : 1;
    const record = JSON.stringify({ incarnation, address: options.address });
    const writes: RegistryWrite[] = [{ type: "put", key, value: record, lease: 0 }];
    if (cluster === undefined) {
      const value = JSON.stringify({ id: options.clusterId, protocol: options.protocolVersion });
      writes.push({ type: "put", key: recordKeys.cluster, value, lease: 0 });
    }
    const compare = [
      { key, modified: own?.modified ?? 0 },
      { key: recordKeys.cluster, modified: cluster?.modified ?? 0 },
    ];
    registry.call(this.host, { type: "transact", compare, writes }, (answer) => {
      if (answer.type !== "transacted") {
        this.unknown = { incarnation, record };
        this.unanswered(answer);
      } else if (answer.succeeded) this.host.registered(incarnation);
      else this.begin();
    });
  }

  private unanswered(answer: RegistryAnswer): void {
    if (answer.type === "refused")
      return this.host.refused(`the registry refuses ${this.host.id}: ${answer.reason}`);
    const { now, options, setTimer } = this.host;
    setTimer.call(this.host, registrationTimer, (now + milliseconds(options.retryAfterMs)) as Micros);
  }
}
