/** Who is silent, and who is marked gone for it: the cluster goes on without that incarnation (docs/protocol.md 6). */
import { type NodeId, roleOf } from "../ids.ts";
import type { Event } from "../node.ts";
import { type NodeRecord, parseNodeRecord, recordKeys } from "../registry/records.ts";
import type { Comparison, RegistryAnswer, RegistryRecord } from "../registry/registry.ts";
import { segmentName, type ViewSegment } from "../ring/view.ts";
import type { Shell } from "../shell.ts";
import { whatWouldHelp } from "./lost-state.ts";
import type { Silence } from "./silence-watch.ts";

const decommissionedReason = "decommissioned by an operator";

export interface EvictionsHost {
  /** The comparison by which a write is this manager's; undefined: it does not lead. */
  leading(): { readonly term: number; readonly compare: Comparison } | undefined;
  /** A segment that nobody has any more once these are gone. */
  lostWithout(nodes: Iterable<NodeId>): ViewSegment | undefined;
  /** The job can go on without it, from a checkpoint. */
  canRollBack(): boolean;
  write(
    key: string,
    value: unknown,
    compare: readonly Comparison[],
    answered: (answer: RegistryAnswer) => void,
  ): void;
  fail(reason: string): void;
}

export class Evictions {
  private readonly shell: Shell;
  private readonly host: EvictionsHost;
  /** Those whose silence was told. */
  private readonly suspected = new Set<NodeId>();
  /** Those that are being marked, until the watch shows it. */
  private readonly evicting = new Set<NodeId>();
  /** By server that a write is to mark: the revision of the view that it compares. It may be done, or be done yet, whatever was answered. */
  private readonly marked = new Map<NodeId, number>();

  /** What found another view when it was written, and is not seen again by looking who is silent. */
  private readonly again = new Map<NodeId, () => void>();

  constructor(shell: Shell, host: EvictionsHost) {
    this.shell = shell;
    this.host = host;
  }

  heard(node: NodeId): void {
    this.suspected.delete(node);
  }

  /** It is no member any more, or in another life. */
  changed(node: NodeId): void {
    this.suspected.delete(node);
    this.evicting.delete(node);
    this.marked.delete(node);
  }

  /**
   * What a write compares that counts on these: that none has been marked gone and this node is only not told. The watch tells in
   * order: of a mark that compares an older view it would have told before the view.
   */
  unmarked(nodes: Iterable<NodeId>): readonly Comparison[] {
    const view = this.viewModified;
    return [...nodes]
      .filter((node) => this.marked.get(node) === view)
      .map((node) => {
        const key = recordKeys.node(node);
        return { key, modified: this.shell.record(key)?.modified ?? 0 };
      });
  }

  /** The last full holder of a segment stays listed for longer, as it may only be slow. */
  suspect({ node, silentMs }: Silence, isAlone: boolean): void {
    const { shell, host } = this;
    const { suspectAfterMs, lostAfterMs } = shell.options;
    if (!this.suspected.has(node)) shell.observe({ type: "node-suspected", peer: node, silentMs });
    this.suspected.add(node);
    const isPatient = silentMs < suspectAfterMs + lostAfterMs;
    if (isAlone && isPatient) return;
    const lost = host.lostWithout([node, ...this.evicting]);
    const reason = `silent for ${silentMs} ms (suspectAfterMs ${suspectAfterMs})`;
    if (lost === undefined) return this.evict(node, reason);
    if (isPatient) return;
    if (host.canRollBack()) return this.evict(node, reason);
    host.fail(
      `${node} was ${reason}, and nobody else has segment ${segmentName(lost.begin)} (lostAfterMs ${lostAfterMs}): ` +
        `it is lost with it; replicas would keep it${whatWouldHelp(shell)}`,
    );
  }

  /** Nobody listens where it did. As long as it is the last full holder of a segment only silence counts. */
  refused(event: Extract<Event, { type: "peer-refused" }>): void {
    const { peer, incarnation } = event;
    const member = this.shell.members.get(peer);
    // It may be of an earlier life: the present one is elsewhere.
    if (member?.incarnation !== incarnation) return;
    if (this.host.lostWithout([peer, ...this.evicting]) !== undefined) return;
    this.evict(peer, `nobody listens any more at ${member.address}`, () => this.refused(event));
  }

  viewChanged(): void {
    const again = [...this.again.values()];
    this.again.clear();
    for (const decide of again) decide();
  }

  /** Whatever this incarnation still says is believed by nobody from now on. */
  evict(node: NodeId, reason: string, again?: () => void): void {
    const { shell, host } = this;
    const leading = host.leading();
    const key = recordKeys.node(node);
    const record = shell.record(key);
    const member = shell.members.get(node);
    if (leading === undefined || record === undefined || member === undefined) return;
    if (this.evicting.has(node)) return;
    this.evicting.add(node);
    const { incarnation, address } = member;
    const gone: NodeRecord = { incarnation, address, gone: reason };
    const compared = this.viewModified;
    host.write(key, gone, this.comparisons(node, record, leading.compare), (answer) => {
      const { term } = leading;
      if (answer.type === "transacted" && answer.succeeded) {
        shell.observe({ type: "node-evicted", term, peer: node, incarnation, reason });
      }
      // Else it is tried again at the next look, as long as it is silent.
      else {
        this.evicting.delete(node);
        if (again !== undefined && answer.type === "transacted") this.decideAgain(node, compared, again);
      }
    });
  }

  /** Whether it is there or gone already, it may not come back. Nothing of the job goes with it, and it does not mark itself. */
  decommission(node: NodeId): void {
    const { shell, host } = this;
    if (node === shell.id || host.lostWithout([node, ...this.evicting]) !== undefined) return;
    const leading = host.leading();
    const key = recordKeys.node(node);
    const record = shell.record(key);
    const known = record === undefined ? undefined : parseNodeRecord(record.value);
    if (leading === undefined || record === undefined || typeof known !== "object") return;
    const { incarnation, gone: reason = decommissionedReason } = known;
    const isMember = shell.members.has(node);
    const gone: NodeRecord = { ...known, gone: reason, isDecommissioned: true };
    const compared = this.viewModified;
    host.write(key, gone, this.comparisons(node, record, leading.compare), (answer) => {
      const { term } = leading;
      if (answer.type !== "transacted") return;
      if (!answer.succeeded) return this.decideAgain(node, compared, () => this.decommission(node));
      if (!isMember) return;
      shell.observe({ type: "node-evicted", term, peer: node, incarnation, reason });
    });
  }

  /** There may be another view: it is decided again in that one, once it is known. */
  private decideAgain(node: NodeId, compared: number, decide: () => void): void {
    if (this.viewModified === compared) this.again.set(node, decide);
    else decide();
  }

  toString(): string {
    return [...this.suspected, "|", ...this.evicting, "|", ...this.marked, "|", ...this.again.keys()].join(
      " ",
    );
  }

  /** Done late it may not take a server that has become the only holder of a segment meanwhile. */
  private comparisons(
    node: NodeId,
    { key, modified }: RegistryRecord,
    term: Comparison,
  ): readonly Comparison[] {
    if (roleOf(node) !== "server") return [term, { key, modified }];
    // It counts on none of those that are being marked.
    const others = [...this.marked.keys()].filter((other) => other !== node && !this.evicting.has(other));
    const view = { key: recordKeys.view, modified: this.viewModified };
    this.marked.set(node, view.modified);
    return [term, { key, modified }, view, ...this.unmarked(others)];
  }

  private get viewModified(): number {
    return this.shell.record(recordKeys.view)?.modified ?? 0;
  }
}
