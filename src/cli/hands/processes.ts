/** Processes of a cluster that can be harmed from here: one's own children, or others of this machine. */
import type { NodeId } from "../../core/index.ts";
import type { NodeContact } from "../../net/index.ts";

export type Contacts = readonly NodeContact[];

export interface ProcessesAtHand {
  /** Why nothing can be done to the node's process; undefined: it can. */
  refusal(node: NodeId, contacts: Contacts): string | undefined;
  /** Asked once there is no refusal; one that is gone meanwhile hears nothing. */
  signal(node: NodeId, signal: "SIGKILL" | "SIGSTOP" | "SIGCONT", contacts: Contacts): void;
  /** Why a process that was killed cannot be started again from here; undefined: it can. */
  readonly restartRefusal: string | undefined;
  /** Names that are taken beside those of the cluster. */
  readonly taken: Iterable<NodeId>;
  /** One more, or one that was killed, again. Resolves to what there is to say of it when it was started. */
  begin(node: NodeId): Promise<string | undefined>;
  /** What was started only for as long as somebody looks on ends. */
  close(): void;
}
