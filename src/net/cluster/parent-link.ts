/**
 * The child's end of a local cluster: tells its parent where it listens, stops when it is asked to, and does not
 * outlive its parent.
 */
import type { NodeId } from "../../core/index.ts";

export type ToParent =
  | { readonly type: "ready"; readonly node: NodeId; readonly address: string }
  | { readonly type: "registered" }
  /** The node was asked to leave by somebody else, and has: the cluster goes on without it. */
  | { readonly type: "drained" }
  /** The answer to `ask`. */
  | { readonly type: "here" };
export type ToChild = { readonly type: "stop"; readonly reason: string } | { readonly type: "ask" };

export interface ParentLink {
  /** The node listens. */
  ready(node: NodeId, address: string): void;
  /** The cluster knows the node: from now on its manager watches it. */
  registered(): void;
  /** The node has left, and others have what it held. */
  drained(): void;
  /** Nothing more is expected of the parent: the process may end by itself. */
  close(): void;
}

/** Set for the children of a local cluster: others may have a channel to a parent that knows nothing of nodes. */
export const childVariable = "TAURING_CHILD";

/** Set for children that hand over what they hold before they leave, when they are told by SIGTERM that they must. */
export const drainsVariable = "TAURING_CHILD_DRAINS";

/** After its parent is gone a child has this long to leave in good order. */
const orphanGraceMs = 1_000;

export function isDrainedBySignal(): boolean {
  return process.env[drainsVariable] === "1";
}

/** A local cluster started this process, and will end it. */
export function hasParent(): boolean {
  return process.send !== undefined && process.env[childVariable] !== undefined;
}

/**
 * Does nothing in a process that no local cluster has started. To be called before anything else: the parent may be gone
 * by then, and what it would have been told to stop is not there yet.
 */
export function linkToParent(stop: (reason: string) => void): ParentLink {
  if (!hasParent()) return { ready: () => {}, registered: () => {}, drained: () => {}, close: () => {} };
  if (!process.connected) process.exit(1);
  const tell = (message: ToParent): void => void process.send?.(message, undefined, undefined, () => {});
  const disconnected = (): void => {
    stop("the process that started this node is gone");
    setTimeout(() => process.exit(1), orphanGraceMs).unref();
  };
  const received = (message: ToChild): void => {
    if (message.type === "stop") stop(message.reason);
    else if (message.type === "ask") tell({ type: "here" });
  };
  process.on("disconnect", disconnected);
  process.on("message", received);
  return {
    ready: (node, address) => tell({ type: "ready", node, address }),
    registered: () => tell({ type: "registered" }),
    drained: () => tell({ type: "drained" }),
    close: () => {
      process.removeListener("disconnect", disconnected);
      process.removeListener("message", received);
      if (process.connected) process.disconnect();
    },
  };
}
