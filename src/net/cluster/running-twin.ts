/** Whether a node of the same name runs: one that took its name from it would end what that one holds. */
import { type NodeId, parseNodeRecord, recordKeys } from "../../core/index.ts";
import type { RegistryPort } from "../registry/registry-port.ts";
import { clientCredentials, type Security } from "../security/credentials.ts";
import { dial } from "../transport/dial.ts";
import { identityMetadata, isTwinRefusal } from "../transport/handshake.ts";
import type { TransportLimits } from "../transport/limits.ts";

export interface TwinSearch {
  readonly node: NodeId;
  readonly clusterId: string;
  readonly security: Security;
  readonly limits: TransportLimits;
}

/** The address of the one that is registered and answers by this name; undefined where none does, or nobody knows. */
export async function runningTwin(search: TwinSearch, registry: RegistryPort): Promise<string | undefined> {
  const key = recordKeys.node(search.node);
  const answer = await registry.execute({ type: "read", prefix: key });
  const records = answer.type === "records" ? answer.records : [];
  const record = records.find((other) => other.key === key);
  const twin = record === undefined ? undefined : parseNodeRecord(record.value);
  if (typeof twin !== "object") return undefined;
  return (await answersByName(search, twin.address)) ? twin.address : undefined;
}

/** Another node may have got the port since: only its own name counts. A knock is what leaves no trace with that one. */
function answersByName({ node, clusterId, security, limits }: TwinSearch, address: string): Promise<boolean> {
  const metadata = identityMetadata({ node, incarnation: 0, clusterId }, true);
  const credentials = clientCredentials(security.tls, node, clusterId);
  return new Promise((resolve) => {
    dial(
      { address, channel: "control", credentials, metadata, limits },
      {
        answered: () => {},
        message: () => {},
        ended: (reason) => resolve(reason !== undefined && isTwinRefusal(reason, node)),
      },
    );
  });
}
