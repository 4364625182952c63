/**
 * One server with one parameter, master of a ring of one segment (or two), driven by messages that went through the
 * real codec. Keys are 0 to 99; what the server says is read from its shell.
 */
import { Server } from "../../../src/core/index.ts";
import type {
  Application,
  EncodedValues,
  JobSpec,
  KeyList,
  Message,
  Micros,
  NodeId,
  NodeOptions,
  ParameterSpec,
  Slot,
  TaskTime,
  Token,
  View,
} from "../../../src/core/index.ts";
import { keyListFromNumbers } from "../../../src/core/keys/key-list.ts";
import { plainValues } from "../../../src/core/filters/rows.ts";
import { applyAnswer } from "../../../src/core/filters/row-copy.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../src/core/message/codec.ts";
import { FakeShell, plainCompressor } from "../../support/fake-shell.ts";
import { application as trial, jobSpec, parameterSpec } from "../../support/jobs.ts";

export type MessageOf<T extends Message["type"]> = Extract<Message, { readonly type: T }>;

const nothingRead: Token = { lineage: 0, view: 0, index: 0 };
const server = "server-0" as NodeId;

export interface OneServerSetup {
  readonly parameters?: readonly Partial<ParameterSpec>[];
  readonly job?: Partial<JobSpec>;
  readonly application?: Partial<Application>;
  readonly options?: Partial<NodeOptions>;
  readonly view?: View;
  /** Neither job nor view is known: the test brings them. */
  readonly isEarly?: boolean;
}

export interface PushOf {
  readonly slot: number;
  readonly time: number;
  readonly op?: number;
  readonly keys?: readonly number[];
  readonly values?: readonly number[];
}

export function viewOf(...begins: readonly number[]): View {
  return {
    number: 1,
    lineage: 1,
    incarnations: { [server]: 1, "server-1": 1 },
    segments: begins.map((begin) => ({ begin, holders: [server], since: 1, filling: [] })),
  };
}

export class OneServer {
  readonly shell: FakeShell;
  readonly server: Server;
  readonly specs: readonly ParameterSpec[];
  private readonly slots: readonly Slot[];

  constructor(setup: OneServerSetup = {}) {
    const job = jobSpec(setup.job);
    this.specs = (setup.parameters ?? [{}]).map(parameterSpec);
    this.slots = Array.from({ length: job.slotCount }, (_, i) => i as Slot);
    const application = { ...trial({ parameters: this.specs }), ...setup.application };
    const view = setup.view ?? viewOf(0);
    const known = setup.isEarly === true ? {} : { view, job };
    this.shell = new FakeShell({ id: server, ...known, options: setup.options ?? {} });
    this.server = new Server(this.shell, (name) => (name === application.name ? application : undefined));
    this.shell.attach(this.server);
    this.server.started();
  }

  /** What the server answers to the message, in order. */
  deliver(message: Message, from: string = "worker-0"): readonly Message[] {
    const before = this.shell.sent.length;
    this.server.received(from as NodeId, throughTheWire(message, from as NodeId));
    return this.shell.sent.slice(before).map((sent) => sent.message);
  }

  push(push: PushOf, changes: Partial<MessageOf<"push">> = {}): readonly Message[] {
    return this.deliver(this.pushOf(push, changes), `worker-${push.slot}`);
  }

  pushOf(push: PushOf, changes: Partial<MessageOf<"push">> = {}): MessageOf<"push"> {
    const spec = this.specs[changes.part?.parameter ?? 0];
    const list = keyListFromNumbers(push.keys ?? []);
    const values =
      spec.element === "float32" ? new Float32Array(push.values ?? []) : new Float64Array(push.values ?? []);
    return {
      type: "push",
      part: this.part(push),
      view: 1,
      epoch: 1,
      slots: this.slots,
      argument: [],
      recordHash: "record",
      floor: 0 as TaskTime,
      keys: { hash: list.hash, count: list.pairs.length / 2, pairs: list.pairs },
      values: plainValues(spec.element, spec.pushWidth, values),
      ...changes,
    };
  }

  /** A pull of these keys in the state now, or as `after` says. */
  pull(
    keys: readonly number[],
    after: Partial<MessageOf<"pull">["after"]> = {},
    changes: Partial<MessageOf<"pull">> = {},
  ): readonly Message[] {
    return this.deliver(this.pullOf(keyListFromNumbers(keys), after, changes));
  }

  pullOf(
    keys: KeyList,
    after: Partial<MessageOf<"pull">["after"]> = {},
    changes: Partial<MessageOf<"pull">> = {},
  ): MessageOf<"pull"> {
    const time = (after.time ?? 1000) as TaskTime;
    return {
      type: "pull",
      part: this.part({ slot: 0, time }),
      view: 1,
      after: { below: 0 as TaskTime, time, op: undefined, isExact: false, token: nothingRead, ...after },
      floor: 0 as TaskTime,
      keys: { hash: keys.hash, count: keys.pairs.length / 2, pairs: keys.pairs },
      range: undefined,
      base: 0,
      ...changes,
    };
  }

  call(name: string, changes: Partial<MessageOf<"call">> = {}): readonly Message[] {
    const part = changes.part ?? this.part({ slot: 0, time: 1000 });
    return this.deliver(
      {
        type: "call",
        part,
        view: 1,
        epoch: 1,
        slots: this.slots,
        recordHash: "record",
        floor: 0 as TaskTime,
        function: name,
        range: { begin: 0n, end: 100n },
        argument: new Float64Array(0),
        isWrite: false,
        after: { below: 0 as TaskTime, time: part.time, op: undefined, isExact: false, token: nothingRead },
        ...changes,
      },
      `worker-${part.slot}`,
    );
  }

  part(
    { slot, time, op = 0 }: Pick<PushOf, "slot" | "time" | "op">,
    segment: number = 0,
  ): MessageOf<"push">["part"] {
    return { parameter: 0, slot: slot as Slot, time: time as TaskTime, op, segment };
  }

  /** The values that the only reply brings. */
  valuesIn(replies: readonly Message[]): readonly number[] {
    const [reply] = replies;
    if (replies.length !== 1 || reply.type !== "pulled")
      throw new Error(`not pulled: ${JSON.stringify(replies)}`);
    return this.decode(reply.values, reply.part.parameter);
  }

  decode(values: EncodedValues, parameter: number = 0): readonly number[] {
    const rows = applyAnswer(this.specs[parameter], values, undefined);
    if (rows === undefined) throw new Error("the answer builds on a copy");
    return [...rows.values];
  }

  /** Every key's values now, as words, so that -0 and the last bit count. */
  bits(): readonly number[] {
    const reply = this.pull(Array.from({ length: 100 }, (_, key) => key));
    return [...new Uint32Array(Float64Array.from(this.valuesIn(reply)).buffer)];
  }

  waits(): readonly string[] {
    return this.server.why(0 as Micros).map(({ blocked, waitsFor }) => `${blocked}: ${waitsFor}`);
  }
}

/** `pushed`, or `refused` with its reason, for each message. */
export function outcomes(messages: readonly Message[]): readonly string[] {
  return messages.map((message) => (message.type === "refused" ? message.reason : message.type));
}

function throughTheWire(message: Message, from: NodeId): Message {
  const envelope = {
    from,
    fromIncarnation: 1,
    to: server,
    toIncarnation: 1,
    sequence: 1,
    acknowledged: 0,
    message,
  };
  const { frame } = encodeEnvelope(envelope, { compressor: plainCompressor, isCompressed: false });
  const decoded = decodeEnvelope(frame, { compressor: plainCompressor, frameBytesMax: 1e6 });
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.envelope.message;
}
