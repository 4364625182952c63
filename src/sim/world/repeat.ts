/**
 * Requests that come twice end to end. A sender that has lost its session with a server asks again in a new one, what it
 * asked first comes first, and no session can tell: only identities and clocks can (docs/protocol.md 2).
 */
import { type Compressor, decodeEnvelope, encodeEnvelope, type Envelope } from "../../core/index.ts";

interface Turn {
  /** Every sequence up to this has come. */
  delivered: number;
  readonly early: Set<number>;
}

export class Repeats {
  private readonly compressor: Compressor;
  private readonly turns = new Map<string, Turn>();

  constructor(compressor: Compressor) {
    this.compressor = compressor;
  }

  /** Call with each data frame that comes to a node. */
  arrived(frame: Uint8Array): void {
    const envelope = this.decode(frame);
    if (envelope === undefined || envelope.sequence === 0) return;
    const turn = this.turn(envelope);
    if (envelope.sequence > turn.delivered) turn.early.add(envelope.sequence);
    while (turn.early.delete(turn.delivered + 1)) turn.delivered++;
  }

  /** The frame's request, past its session; undefined: it is no request, or its turn has not come. */
  again(frame: Uint8Array): Uint8Array | undefined {
    const envelope = this.decode(frame);
    if (envelope === undefined || envelope.sequence > this.turn(envelope).delivered) return undefined;
    const { type } = envelope.message;
    if (type !== "push" && type !== "pull" && type !== "call") return undefined;
    const { compressor } = this;
    return encodeEnvelope({ ...envelope, sequence: 0 }, { compressor, isCompressed: false }).frame;
  }

  private decode(frame: Uint8Array): Envelope | undefined {
    const { compressor } = this;
    const decoded = decodeEnvelope(frame, { compressor, frameBytesMax: frame.length });
    return decoded.ok ? decoded.envelope : undefined;
  }

  private turn({ from, fromIncarnation, to, toIncarnation }: Envelope): Turn {
    const session = `${from}#${fromIncarnation}>${to}#${toIncarnation}`;
    let turn = this.turns.get(session);
    if (turn === undefined) this.turns.set(session, (turn = { delivered: 0, early: new Set() }));
    return turn;
  }
}
