/**
 * Requests that come twice end to end. A sender that has lost its session with a server asks again in a new one, and
 * no session can tell: only identities and clocks can (docs/protocol.md 2).
 */
import { type Compressor, decodeEnvelope, encodeEnvelope } from "../../core/index.ts";

/** The frame's request once more, outside the sequence of its session; undefined: it is no request. */
export function repeatOf(frame: Uint8Array, compressor: Compressor): Uint8Array | undefined {
  const decoded = decodeEnvelope(frame, { compressor, frameBytesMax: frame.length });
  if (!decoded.ok) return undefined;
  const { type } = decoded.envelope.message;
  if (type !== "push" && type !== "pull" && type !== "call") return undefined;
  return encodeEnvelope({ ...decoded.envelope, sequence: 0 }, { compressor, isCompressed: false }).frame;
}
