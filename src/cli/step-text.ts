/** One event of a simulated run, as `tauring sim steps` prints it and `tauring sim bisect` compares it. */
import { momentText } from "../observe/index.ts";
import { decodeEnvelope, type Event } from "../core/index.ts";
// Past the door of net: a simulation loads no gRPC.
import { snappyCompressor } from "../net/snappy-compressor.ts";
import type { Step } from "../sim/index.ts";

export interface StepLine {
  readonly number: number;
  /** Virtual microseconds. */
  readonly at: number;
  readonly node: string;
  readonly what: string;
  /** The step during which it was sent, set or asked for; 0: the world. */
  readonly cause: number;
  /** Of the node's state before it. */
  readonly digest: number;
  /** The rolling hash of the run. */
  readonly hash: string;
}

export function stepLine(step: Step): StepLine {
  const { number, at, node, cause } = step;
  return { number, at, node, what: words(step.event), cause, digest: step.digest(), hash: step.hash() };
}

export function stepText({ number, at, node, what, cause, digest, hash }: StepLine): string {
  const state = digest.toString(16).padStart(8, "0").slice(-8);
  return `${String(number).padStart(8)} ${momentText(at).padStart(12)}  ${node.padEnd(12)} ${what}, of ${cause}; state ${state}, hash ${hash.slice(0, 8)}`;
}

function words(event: Event): string {
  switch (event.type) {
    case "received": {
      const { frame, channel } = event;
      const decoded = decodeEnvelope(frame, { compressor: snappyCompressor, frameBytesMax: frame.length });
      if (!decoded.ok) return `received ${frame.length} bytes that are no frame (${channel})`;
      const { from, message } = decoded.envelope;
      return `received ${message.type} from ${from}, ${frame.length} bytes`;
    }
    case "connected":
      return `connected to ${event.peer} (${event.channel})`;
    case "timer-fired":
      return `timer ${event.timer}`;
    case "computed":
      return `computed task ${event.time} of slot ${event.slot}: ${event.step.type}`;
    case "registry-answered":
      return `registry answered ${event.answer.type}`;
    case "registry-changed":
      return `registry changed ${event.changes.map((change) => (change.type === "put" ? change.record.key : change.key)).join(", ")}`;
    case "share-loaded":
    case "share-failed":
      return `${event.type.replace("-", " ")} for slot ${event.slot}`;
    default:
      return event.type;
  }
}
