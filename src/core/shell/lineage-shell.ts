/**
 * The shell as one lineage's role sees it: once the lineage is over, nothing that the role still wanted is done or answered. A timer of
 * it may still fire, in the next one's role: each takes a timer as a question, and looks whether anything is due.
 */
import type { CheckpointAnswer, CheckpointRequest } from "../checkpoint/checkpoint-files.ts";
import type { Compressor } from "../compressor.ts";
import type { Micros, NodeId } from "../ids.ts";
import type { JobSpec } from "../job.ts";
import type { Message } from "../message/message.ts";
import type { Channel, Effect } from "../node.ts";
import type { Observation } from "../observation.ts";
import type { NodeOptions } from "../options.ts";
import type { RegistryAnswer, RegistryRecord, RegistryRequest } from "../registry/registry.ts";
import type { View } from "../ring/view.ts";
import type { Member, Shell, Traffic } from "../shell.ts";

export class LineageShell implements Shell {
  readonly options: NodeOptions;
  readonly id: NodeId;
  readonly compressor: Compressor;
  private readonly shell: Shell;
  private isOver: boolean = false;

  constructor(shell: Shell) {
    this.shell = shell;
    this.options = shell.options;
    this.id = shell.id;
    this.compressor = shell.compressor;
  }

  end(): void {
    this.isOver = true;
  }

  get incarnation(): number {
    return this.shell.incarnation;
  }

  get now(): Micros {
    return this.shell.now;
  }

  get members(): ReadonlyMap<NodeId, Member> {
    return this.shell.members;
  }

  get view(): View | undefined {
    return this.shell.view;
  }

  get job(): JobSpec | undefined {
    return this.shell.job;
  }

  leader(role: "manager" | "scheduler"): { readonly node: NodeId; readonly term: number } | undefined {
    return this.shell.leader(role);
  }

  record(key: string): RegistryRecord | undefined {
    return this.shell.record(key);
  }

  send(to: NodeId, channel: Channel, message: Message, traffic?: Traffic): void {
    if (!this.isOver) this.shell.send(to, channel, message, traffic);
  }

  setTimer(timer: string, at: Micros): void {
    if (!this.isOver) this.shell.setTimer(timer, at);
  }

  cancelTimer(timer: string): void {
    if (!this.isOver) this.shell.cancelTimer(timer);
  }

  effect(effect: Effect): void {
    if (!this.isOver) this.shell.effect(effect);
  }

  observe(fact: Observation): void {
    if (!this.isOver) this.shell.observe(fact);
  }

  registry(request: RegistryRequest, answered: (answer: RegistryAnswer) => void): void {
    if (this.isOver) return;
    this.shell.registry(request, (answer) => {
      if (!this.isOver) answered(answer);
    });
  }

  checkpoints(request: CheckpointRequest, answered: (answer: CheckpointAnswer) => void): void {
    if (this.isOver) return;
    this.shell.checkpoints(request, (answer) => {
      if (!this.isOver) answered(answer);
    });
  }

  fail(reason: string): void {
    if (!this.isOver) this.shell.fail(reason);
  }
}
