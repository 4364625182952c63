/** What the world does to nodes. Facts that say nothing to a screen end here too. */
import type { Observation } from "../../core/index.ts";
import type { NodePart, PeerPart } from "./node-part.ts";

const peersKept = 16_384;
const crashesKept = 8;

export function reduceWorld(part: NodePart, at: number, fact: Observation): void {
  switch (fact.type) {
    case "node-crashed":
      return change(part, fact.peer, ({ crashes }) => ({
        crashes: [...crashes, at].slice(-crashesKept),
        isDown: true,
        pausedAt: null,
      }));
    case "node-launched":
      return change(part, fact.peer, () => ({ launchedAt: at, isDown: false, pausedAt: null }));
    case "node-paused":
      return change(part, fact.peer, () => ({ pausedAt: at }));
    case "node-resumed":
      return change(part, fact.peer, () => ({ pausedAt: null }));
    case "node-slowed":
      return change(part, fact.peer, () => ({ slowness: fact.factor }));
    default:
  }
}

function change(part: NodePart, peer: string, changes: (known: PeerPart) => Partial<PeerPart>): void {
  const known: PeerPart = part.peers.find((one) => one.peer === peer) ?? {
    peer,
    crashes: [],
    isDown: false,
    pausedAt: null,
    launchedAt: null,
    slowness: 1,
  };
  const others = part.peers.filter((one) => one.peer !== peer);
  part.peers = [...others, { ...known, ...changes(known) }].slice(-peersKept);
}
