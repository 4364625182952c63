/** Which manager leads: it has the newest term, and others take that from one that is gone or silent (docs/protocol.md 10). */
import { assert } from "../assert.ts";
import { isNodeId, type Micros } from "../ids.ts";
import { parseTermRecord, recordKeys, type TermRecord } from "../registry/records.ts";
import type { Comparison, RegistryAnswer, RegistryRecord } from "../registry/registry.ts";
import type { Shell } from "../shell.ts";

export type Standing =
  /** Another manager leads, or nobody yet. */
  | { readonly type: "following"; readonly since: Micros }
  /** `modified` is the revision of the term record, which every write compares. */
  | { readonly type: "leading"; readonly term: number; readonly modified: number; readonly since: Micros };

export interface CampaignHost {
  elected(): void;
  /** Another one leads, or may. */
  followed(): void;
  write(
    key: string,
    value: unknown,
    compare: readonly Comparison[],
    answered: (answer: RegistryAnswer) => void,
  ): void;
  /** It is to be tried again. */
  unanswered(key: string, answer: RegistryAnswer): void;
}

export const termKey: string = recordKeys.term("manager");
/** Of the silence after which a manager is deposed: 64 times `suspectAfterMs`. */
const patienceDoublingsMax = 6;

export class Campaign {
  standing: Standing;
  isUnderWay: boolean = false;
  /** How often this one has taken the term from another that was silent. */
  depositions: number = 0;
  private readonly shell: Shell;
  private readonly host: CampaignHost;

  constructor(shell: Shell, host: CampaignHost) {
    this.shell = shell;
    this.host = host;
    this.standing = { type: "following", since: shell.now };
  }

  begin(): void {
    this.standing = { type: "following", since: this.shell.now };
    this.run();
  }

  /**
   * Another manager leads and is silent. Each time that this one has deposed one it is more patient: where two hear each
   * other in one direction only, they would take the term from each other for ever.
   */
  suspects(silentMs: number): void {
    const patience = 2 ** Math.min(this.depositions, patienceDoublingsMax);
    if (this.standing.type !== "following" || silentMs < this.shell.options.suspectAfterMs * patience) return;
    this.run(true);
  }

  /** Takes the next term, unless another manager has the present one and there is no reason to depose it. */
  run(isDeposing: boolean = false): void {
    const { shell } = this;
    if (this.isUnderWay) return;
    const record = shell.record(termKey);
    const present = record === undefined ? undefined : parseTerm(record);
    if (present !== undefined && !isDeposing && this.acts(present)) return;
    const term = (present?.term ?? 0) + 1;
    const compare = [{ key: termKey, modified: record?.modified ?? 0 }];
    const { id, incarnation } = shell;
    this.isUnderWay = true;
    this.host.write(termKey, { leader: id, incarnation, term } satisfies TermRecord, compare, (answer) => {
      this.isUnderWay = false;
      if (this.standing.type === "leading") return;
      if (isDeposing) this.depositions += 1;
      // A later life of this node, or a write whose answer was lost, may have the term: the next try will see.
      if (answer.type !== "transacted" || !answer.succeeded) this.host.unanswered(termKey, answer);
      else this.elected(term, answer.revision);
    });
  }

  termChanged(record: RegistryRecord | undefined): void {
    const { standing } = this;
    const isNewer =
      record === undefined || (standing.type === "leading" && record.modified > standing.modified);
    if (isNewer) this.follow();
    if (record === undefined) this.run();
  }

  /** Another manager has the term and is a member, in the life in which it was elected. */
  private acts({ leader, incarnation }: TermRecord): boolean {
    if (leader === this.shell.id || !isNodeId(leader)) return false;
    const member = this.shell.members.get(leader);
    return member !== undefined && (incarnation === undefined || incarnation === member.incarnation);
  }

  private elected(term: number, modified: number): void {
    const { shell } = this;
    if ((shell.record(termKey)?.modified ?? 0) > modified) return this.follow();
    this.standing = { type: "leading", term, modified, since: shell.now };
    shell.observe({ type: "leader-elected", role: "manager", term });
    this.host.elected();
  }

  private follow(): void {
    this.standing = { type: "following", since: this.shell.now };
    this.host.followed();
  }
}

function parseTerm(record: RegistryRecord): TermRecord {
  const term = parseTermRecord(record.value);
  assert(typeof term !== "string", `the registry's ${record.key}: ${String(term)}`);
  return term;
}
