/**
 * Whether a peer whose stream broke is gone: nobody listens where it did. A process that is paused, slow or cut off refuses
 * nobody, for its machine answers or nothing does; so a refusal says at once what silence says only after `suspectAfterMs`.
 *
 * Invariant: only a peer whose address was reached once in this life of it is ever said to refuse. One that listens
 * behind a wall that refuses for it would be taken for dead each time that a stream breaks.
 */
import { connect } from "node:net";
import type { NodeId } from "../../core/index.ts";
import type { TransportLimits } from "./limits.ts";

export interface Whereabouts {
  readonly address: string;
  readonly incarnation: number;
}

interface Asked extends Whereabouts {
  isReached: boolean;
  timer: NodeJS.Timeout | undefined;
}

type DoorLimits = Pick<TransportLimits, "doorAskAfterMs" | "doorAnswerWithinMs">;

export class Refusals {
  private readonly refused: (peer: NodeId, incarnation: number) => void;
  private readonly limits: DoorLimits;
  private readonly knock: Knock;
  private readonly peers: Map<NodeId, Asked> = new Map();

  constructor(
    refused: (peer: NodeId, incarnation: number) => void,
    limits: DoorLimits,
    by: Knock = knockWithin(limits.doorAnswerWithinMs),
  ) {
    this.refused = refused;
    this.limits = limits;
    this.knock = by;
  }

  /** The peer has a stream, and is registered there. */
  opened(peer: NodeId, { address, incarnation }: Whereabouts): void {
    const known = this.peers.get(peer);
    clearTimeout(known?.timer);
    if (known?.address === address && known.incarnation === incarnation) {
      // What is asked at this moment is of the stream that broke.
      known.timer = undefined;
      return;
    }
    const asked: Asked = { address, incarnation, isReached: false, timer: undefined };
    this.peers.set(peer, asked);
    this.knock(address, (answer) => {
      asked.isReached = answer === "listens";
    });
  }

  /** Its stream broke. */
  lost(peer: NodeId): void {
    const asked = this.peers.get(peer);
    if (asked?.isReached === true) this.ask(peer, asked, this.limits.doorAskAfterMs);
  }

  forget(peer: NodeId): void {
    clearTimeout(this.peers.get(peer)?.timer);
    this.peers.delete(peer);
  }

  close(): void {
    for (const peer of this.peers.keys()) this.forget(peer);
  }

  private ask(peer: NodeId, asked: Asked, [afterMs, ...later]: readonly number[]): void {
    if (afterMs === undefined) return;
    clearTimeout(asked.timer);
    asked.timer = setTimeout(() => {
      const { timer } = asked;
      this.knock(asked.address, (answer) => {
        // Meanwhile it may have opened another stream, or begun another life.
        if (this.peers.get(peer) !== asked || asked.timer !== timer) return;
        if (answer === "refuses") this.refused(peer, asked.incarnation);
        else this.ask(peer, asked, later);
      });
    }, afterMs);
  }
}

export type Answer = "listens" | "refuses" | "nothing";
export type Knock = (address: string, answered: (answer: Answer) => void) => void;

export function knockWithin(answerWithinMs: number): Knock {
  return (address, answered) => knock(address, answerWithinMs, answered);
}

function knock(address: string, answerWithinMs: number, answered: (answer: Answer) => void): void {
  const colon = address.lastIndexOf(":");
  const host = address.slice(0, colon).replace(/^\[(.*)\]$/, "$1");
  const socket = connect({ host, port: Number(address.slice(colon + 1)) });
  let isOver = false;
  const end = (answer: Answer): void => {
    if (isOver) return;
    isOver = true;
    socket.destroy();
    answered(answer);
  };
  socket.setTimeout(answerWithinMs, () => end("nothing"));
  socket.once("connect", () => end("listens"));
  socket.on("error", (error: NodeJS.ErrnoException) => {
    end(error.code === "ECONNREFUSED" ? "refuses" : "nothing");
  });
}
