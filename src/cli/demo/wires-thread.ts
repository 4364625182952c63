/** The proxy of a cluster's wires, in a thread of its own: what is drawn meanwhile holds no node's words up. */
import { parentPort } from "node:worker_threads";
import { type Cut, FaultProxy } from "../real/fault-proxy.ts";

export type ToWires =
  | { readonly type: "listens"; readonly node: string; readonly address: string }
  /** `id`: what `heal` names. */
  | { readonly type: "cut"; readonly id: number; readonly cut: Cut }
  | { readonly type: "heal"; readonly id: number };

export type FromWires = { readonly type: "open"; readonly port: number };

const port = parentPort;
if (port !== null) {
  // The registry is in the manager; somebody else may have started more nodes.
  const proxy = await FaultProxy.open("stranger");
  const cuts = new Map<number, () => void>();
  port.on("message", (message: ToWires) => {
    if (message.type === "listens") proxy.listens(message.node, message.address);
    else if (message.type === "cut") cuts.set(message.id, proxy.cut(message.cut));
    else {
      cuts.get(message.id)?.();
      cuts.delete(message.id);
    }
  });
  port.postMessage({ type: "open", port: proxy.port } satisfies FromWires);
}
