/**
 * The scheduler's term, and what it writes under it. Whoever follows takes the next term once the leader is no member any
 * more. Safety rests on terms alone (docs/protocol.md 10): each write is a transaction that compares the term record, so
 * that nothing of a deposed scheduler has an effect.
 */
import { assert } from "../assert.ts";
import { type Micros, milliseconds, type NodeId } from "../ids.ts";
import { lineageSince } from "../registry/lineage-record.ts";
import { parseTermRecord, recordKeys, type TermRecord } from "../registry/records.ts";
import type { Comparison, RegistryAnswer, RegistryRecord } from "../registry/registry.ts";
import type { Shell } from "../shell.ts";

/** The timer that the registry is asked again by after it was unavailable. */
export const registryTimer = "registry";

interface PendingWrite {
  readonly key: string;
  readonly value: string;
  readonly since: Micros;
  readonly written: () => void;
  /** It was asked for, and nobody knows whether it was done. */
  mayBeDone: boolean;
}

type State =
  | { readonly type: "following" }
  | { readonly type: "campaigning"; readonly term: number }
  | { readonly type: "leading"; readonly term: number; readonly modified: number }
  /** Another has a newer term: what this node still wanted to write has no effect. */
  | { readonly type: "deposed" };

/**
 * Invariant: writes happen one after another, in the order in which they were asked for. One that was answered `unavailable` may
 * still be on its way, and must not undo a later one when it arrives: so each compares the record that it replaces as well.
 */
export class Leadership {
  private readonly shell: Shell;
  private readonly elected: () => void;
  private readonly termKey: string = recordKeys.term("scheduler");
  private state: State = { type: "following" };
  private readonly writes: PendingWrite[] = [];
  private isWriting: boolean = false;
  /** Revisions of what was written, of which the watch may not have told yet. */
  private readonly writtenAt: Map<string, number> = new Map();
  /** What each write compares beside the term: nothing of a lineage that is over is written. */
  private readonly lineage: Comparison;

  constructor(shell: Shell, elected: () => void) {
    this.shell = shell;
    this.lineage = { key: recordKeys.lineage, modified: lineageSince(shell) };
    this.elected = elected;
  }

  get term(): number | undefined {
    return this.state.type === "leading" ? this.state.term : undefined;
  }

  /** The write that is under way. */
  get writing(): { readonly key: string; readonly since: Micros } | undefined {
    return this.writes[0];
  }

  /** Takes the next term, unless another scheduler that is a member has the present one. */
  campaign(): void {
    const record = this.shell.record(this.termKey);
    const present = record === undefined ? undefined : this.parse(record);
    const isOwn = present?.leader === this.shell.id && present.incarnation === this.shell.incarnation;
    if (record !== undefined && present !== undefined && isOwn) {
      // In the lineage before this one it was elected: it still leads.
      this.state = { type: "leading", term: present.term, modified: record.modified };
      return this.elected();
    }
    if (present !== undefined && this.isMember(present)) return;
    const term = (present?.term ?? 0) + 1;
    this.state = { type: "campaigning", term };
    const { id, incarnation } = this.shell;
    const value = JSON.stringify({ leader: id, incarnation, term } satisfies TermRecord);
    this.shell.registry(
      {
        type: "transact",
        compare: [{ key: this.termKey, modified: record?.modified ?? 0 }],
        writes: [{ type: "put", key: this.termKey, value, lease: 0 }],
      },
      (answer) => this.campaigned(answer),
    );
  }

  /** The term record changed, or a scheduler came or went. */
  termChanged(): void {
    const record = this.shell.record(this.termKey);
    if (this.state.type === "following") return this.campaign();
    if (record === undefined) return;
    const { leader, incarnation, term } = this.parse(record);
    if (this.state.type === "leading" && term > this.state.term) this.state = { type: "deposed" };
    if (this.state.type !== "campaigning" || term < this.state.term) return;
    if (leader === this.shell.id && incarnation === this.shell.incarnation) {
      this.state = { type: "leading", term, modified: record.modified };
      this.shell.observe({ type: "leader-elected", role: "scheduler", term });
      this.elected();
    } else {
      this.state = { type: "following" };
      this.campaign();
    }
  }

  /** Writes a record under the term; `written` runs once it is there, never if the term has passed. */
  write(key: string, value: unknown, written: () => void): void {
    assert(this.state.type !== "following", "only a scheduler that was elected writes");
    this.writes.push({ key, value: JSON.stringify(value), since: this.shell.now, written, mayBeDone: false });
    this.writeNext();
  }

  /** What a write compares beside what it is about; undefined: this node does not lead. */
  get comparisons(): readonly Comparison[] | undefined {
    if (this.state.type !== "leading") return undefined;
    return [{ key: this.termKey, modified: this.state.modified }, this.lineage];
  }

  timerFired(): void {
    if (this.state.type === "campaigning" || this.state.type === "following") this.campaign();
    else this.writeNext();
  }

  /** False: the leader is gone, or came back as another incarnation, which has not what the term began with. */
  private isMember({ leader, incarnation }: TermRecord): boolean {
    return incarnation !== undefined && this.shell.members.get(leader as NodeId)?.incarnation === incarnation;
  }

  private parse(record: RegistryRecord): TermRecord {
    const parsed = parseTermRecord(record.value);
    assert(typeof parsed !== "string", `${record.key} in the registry: ${String(parsed)}`);
    return parsed;
  }

  private writeNext(): void {
    const next = this.writes[0];
    if (next === undefined || this.isWriting || this.state.type !== "leading") return;
    this.isWriting = true;
    const { key, value } = next;
    this.shell.registry(
      {
        type: "transact",
        compare: [{ key: this.termKey, modified: this.state.modified }, this.lineage, this.present(key)],
        writes: [{ type: "put", key, value, lease: 0 }],
      },
      (answer) => this.wrote(next, answer),
    );
  }

  private wrote(write: PendingWrite, answer: RegistryAnswer): void {
    this.isWriting = false;
    // Whether it was done is not known; the same value under the same term may be written again.
    if (answer.type !== "transacted") {
      write.mayBeDone = true;
      return this.unanswered(write.key, answer);
    }
    if (!answer.succeeded) {
      // An earlier try of it was done, as the watch will tell, and then it is written once more. Where that was not the reason the
      // watch tells who leads.
      if (write.mayBeDone) return this.askLater();
      // Another has a newer term, or the job was rolled back: then a role of the new lineage takes this one's place.
      this.state = { type: "deposed" };
      return;
    }
    this.writtenAt.set(write.key, answer.revision);
    this.writes.shift();
    write.written();
    this.writeNext();
  }

  private present(key: string): Comparison {
    const told = this.shell.record(key)?.modified ?? 0;
    return { key, modified: Math.max(told, this.writtenAt.get(key) ?? 0) };
  }

  private campaigned(answer: RegistryAnswer): void {
    if (this.state.type !== "campaigning") return;
    // Where it was done or failed, the record has changed, and the watch says to what.
    if (answer.type !== "transacted") this.unanswered(this.termKey, answer);
  }

  private unanswered(key: string, answer: RegistryAnswer): void {
    if (answer.type === "refused") {
      return this.shell.fail(`the registry refused to write ${key}: ${answer.reason}`);
    }
    this.askLater();
  }

  private askLater(): void {
    this.shell.setTimer(
      registryTimer,
      (this.shell.now + milliseconds(this.shell.options.retryAfterMs)) as Micros,
    );
  }
}
