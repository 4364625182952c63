/**
 * The child's end of a local cluster: tells its parent where it listens, stops when it is asked to, and does not
 * outlive its parent.
 */
import type { NodeId } from "../../core/index.ts";

export type ToParent = { readonly type: "ready"; readonly node: NodeId; readonly address: string };
export type ToChild = { readonly type: "stop"; readonly reason: string };

export interface ParentLink {
  ready(node: NodeId, address: string): void;
  /** Nothing more is expected of the parent: the process may end by itself. */
  close(): void;
}

/** After its parent is gone a child has this long to leave in good order. */
const orphanGraceMs = 1_000;

/** Does nothing in a process that no local cluster has started. */
export function linkToParent(stop: (reason: string) => void): ParentLink {
  if (process.send === undefined) return { ready: () => {}, close: () => {} };
  const disconnected = (): void => {
    stop("the process that started this node is gone");
    setTimeout(() => process.exit(1), orphanGraceMs).unref();
  };
  const received = (message: unknown): void => {
    if (isStop(message)) stop(message.reason);
  };
  process.on("disconnect", disconnected);
  process.on("message", received);
  return {
    ready: (node, address) => {
      const message: ToParent = { type: "ready", node, address };
      process.send?.(message, undefined, undefined, () => {});
    },
    close: () => {
      process.removeListener("disconnect", disconnected);
      process.removeListener("message", received);
      if (process.connected) process.disconnect();
    },
  };
}

function isStop(message: unknown): message is ToChild {
  return typeof message === "object" && message !== null && (message as Partial<ToChild>).type === "stop";
}
