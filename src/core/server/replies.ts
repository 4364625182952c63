/** What a server says to whoever asked. */
import type { PullMessage, Request } from "./requests.ts";
import type { FilteredValues } from "../filters/encoded-values.ts";
import { pullSavings } from "../filters/savings.ts";
import type { NodeId } from "../ids.ts";
import type { PartId, RefusalReason } from "../message/message.ts";
import type { Token } from "../identities.ts";
import type { ParameterSpec } from "../parameter.ts";
import type { Shell } from "../shell.ts";
import type { Refusal } from "./fences.ts";

/** Refusals after which the sender may come again; the others are for good. */
const retriable: ReadonlySet<RefusalReason> = new Set<RefusalReason>(["unknown-keys", "not-master", "full"]);

export interface PulledAnswer {
  readonly token: Token;
  /** For a range: the keys that have rows. */
  readonly keys: Uint32Array | undefined;
  readonly values: FilteredValues;
}

export class Replies {
  private readonly shell: Shell;

  constructor(shell: Shell) {
    this.shell = shell;
  }

  /** The segment has not applied the request, and will not unless it comes again. */
  refused(to: NodeId, request: Request, refusal: Refusal): void {
    const { part, type } = request;
    const { reason, detail } = refusal;
    if (reason === "unknown-keys") {
      this.shell.observe({ type: "keys-missed", peer: to, segment: part.segment });
    }
    const isWrite = type === "push" || (type === "call" && request.isWrite);
    if (isWrite && !retriable.has(reason)) {
      const { segment, ...push } = part;
      this.shell.observe({ type: "push-refused", push, segment, reason: `${reason}: ${detail}` });
    }
    this.turnAway(to, request, refusal);
  }

  /** Whether the request was applied before is not said: its sender was replaced, or came too late to be told. */
  turnAway(to: NodeId, request: Request, { reason, detail }: Refusal): void {
    const { part, type } = request;
    const view = this.shell.view?.number ?? 0;
    const epoch = request.type === "pull" ? 0 : request.epoch;
    this.shell.send(to, "data", { type: "refused", part, request: type, reason, detail, view, epoch });
  }

  pushed(to: NodeId, part: PartId, token: Token): void {
    this.shell.send(to, "data", { type: "pushed", part, token });
  }

  called(to: NodeId, part: PartId, token: Token, result: Float64Array): void {
    this.shell.send(to, "data", { type: "called", part, token, result });
  }

  pulled(to: NodeId, request: PullMessage, spec: ParameterSpec, answer: PulledAnswer): void {
    const { token, keys, values } = answer;
    const traffic = {
      isCompressed: spec.pullFilters.some(({ kind }) => kind === "snappy"),
      savedBytes: pullSavings(spec, values, keys !== undefined),
    };
    this.shell.send(to, "data", { type: "pulled", part: request.part, token, keys, values }, traffic);
  }
}
