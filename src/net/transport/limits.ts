/** Every limit and timeout of the transport, with its unit in the name (docs/transport.md). */
export interface TransportLimits {
  /** Largest frame that is sent or believed. */
  readonly frameBytesMax: number;
  /** A larger frame travels in chunks of this size; cutting costs a copy at each end. */
  readonly chunkBytes: number;
  /** Frames up to this size share a gRPC message with others of the same tick. */
  readonly smallFrameBytes: number;
  /** Handed to gRPC and not yet taken by HTTP/2, for one stream. */
  readonly inFlightBytesMax: number;
  /** Waiting for one channel of one peer; above it the peer is cut off as a slow consumer. */
  readonly peerQueueBytesMax: number;
  /** Frames that have arrived and wait for the node; above it reading pauses, and what peers send stays with them. */
  readonly eventQueueBytesMax: number;
  /** Memory of all frames that are being put together from chunks. */
  readonly reassemblyBytesMax: number;
  /** HTTP/2 receive windows, of streams and of connections. */
  readonly windowBytes: number;
  readonly connectionsMax: number;
  readonly connectionsPerAddressMax: number;
  readonly streamsPerConnectionMax: number;
  /** From a connection to its whole preface or ClientHello, and from there to the first call. */
  readonly prefaceTimeoutMs: number;
  readonly firstCallTimeoutMs: number;
  readonly dialTimeoutMs: number;
  /** Wait before a lost peer is dialled again; doubles up to `redialMaxMs`. */
  readonly redialMinMs: number;
  readonly redialMaxMs: number;
  readonly keepaliveIntervalMs: number;
  readonly keepaliveTimeoutMs: number;
  /** A manager asks at the door of a peer whose stream broke after each of these: one that dies closes both one after the other. */
  readonly doorAskAfterMs: readonly number[];
  /** A door that has neither let in nor refused by then says nothing. */
  readonly doorAnswerWithinMs: number;
}

const mebibyte = 1024 * 1024;

export const defaultTransportLimits: TransportLimits = {
  frameBytesMax: 256 * mebibyte,
  chunkBytes: 2 * mebibyte,
  smallFrameBytes: 8 * 1024,
  inFlightBytesMax: 2 * mebibyte,
  peerQueueBytesMax: 512 * mebibyte,
  eventQueueBytesMax: 256 * mebibyte,
  reassemblyBytesMax: 1024 * mebibyte,
  windowBytes: 4 * mebibyte,
  connectionsMax: 4096,
  connectionsPerAddressMax: 1024,
  streamsPerConnectionMax: 100,
  prefaceTimeoutMs: 5_000,
  firstCallTimeoutMs: 10_000,
  dialTimeoutMs: 3_000,
  redialMinMs: 20,
  redialMaxMs: 1_000,
  keepaliveIntervalMs: 10_000,
  keepaliveTimeoutMs: 3_000,
  doorAskAfterMs: [0, 10, 50, 200],
  doorAnswerWithinMs: 500,
};

/** Largest gRPC message: explicit on both sides, and refused by its declared length. */
export const grpcMessageBytesMax: number = 16 * mebibyte;
