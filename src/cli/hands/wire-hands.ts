/** Cuts of the wires between processes that were started here, by hand, until they are healed. */
import { nodeId, type NodeId, type Observation, roleOf } from "../../core/index.ts";
import { type Breakage, type Done, eventOf, type EventView, worldName } from "../../observe/index.ts";
import type { Endpoint } from "../../sim/index.ts";
import type { Cut } from "../real/fault-proxy.ts";

export interface Wires {
  /** Returns what heals it. */
  cut(cut: Cut): () => void;
}

export type CutByHand = Extract<Breakage, { readonly kind: "cut" }>;

export interface WireHandsOptions {
  readonly wires: Wires;
  /** By the clock of the nodes. */
  readonly nowMicros: () => number;
  /** Whether the wires of the node are these. */
  readonly isOurs: (node: NodeId) => boolean;
}

interface Lasting {
  readonly heal: () => void;
  readonly timer: NodeJS.Timeout | undefined;
}

/** As many as a screen lists. */
const toldMax = 200;

export class WireHands {
  private readonly options: WireHandsOptions;
  private readonly lasting: Set<Lasting> = new Set();
  private events: readonly EventView[] = [];

  constructor(options: WireHandsOptions) {
    this.options = options;
  }

  /** What was done, as a world tells it. */
  get told(): readonly EventView[] {
    return this.events;
  }

  /** Undefined: it can be done. */
  refusal({ from, to }: CutByHand): string | undefined {
    const ends = [...from, ...to].filter((end) => end !== "registry");
    const foreign = ends.find((node) => !this.options.isOurs(nodeId(node)));
    if (foreign !== undefined)
      return `${foreign} was not started by this command: its wires do not run through here`;
    const itself = from.find((node) => to.includes(node));
    if (itself !== undefined) return `${itself} has no wire to itself: another node would do`;
    const side = [from, to].find((one) => one.every((end) => end === "registry" || isManager(end)));
    if (side === undefined || ends.length <= 2) return undefined;
    const whose = side.find(isManager) ?? "the manager";
    return `all wires of ${whose} are those of the registry, and all ends with it: any other node would do`;
  }

  /** Both ways, and what is sent meanwhile is lost: as a scenario has it that says nothing else. */
  cut({ from, to, forMicros }: CutByHand): Done {
    const heal = this.options.wires.cut({
      kind: "cut",
      from: from.map(endpoint),
      to: to.map(endpoint),
      isBothWays: true,
      mode: "drop",
      at: 0,
      until: 0,
    });
    this.tell({ type: "link-cut", from, to });
    const one: Lasting = {
      heal: () => {
        heal();
        this.tell({ type: "link-healed", from, to });
      },
      timer: forMicros === null ? undefined : setTimeout(() => this.end(one), forMicros / 1000),
    };
    this.lasting.add(one);
    const until = forMicros === null ? "until :heal" : `for ${forMicros / 1e6} s`;
    return { ok: true, text: `${from.join(", ")} cut off from ${to.join(", ")}, ${until}` };
  }

  heal(): Done {
    const count = this.lasting.size;
    if (count === 0) return { ok: false, reason: "no cut was made by hand that lasts until now" };
    for (const one of this.lasting) this.end(one);
    return { ok: true, text: `${count === 1 ? "the cut is" : `${count} cuts are`} healed` };
  }

  close(): void {
    for (const { timer } of this.lasting) clearTimeout(timer);
    this.lasting.clear();
  }

  private end(one: Lasting): void {
    clearTimeout(one.timer);
    if (this.lasting.delete(one)) one.heal();
  }

  private tell(fact: Observation): void {
    const event = eventOf(this.options.nowMicros(), worldName, fact);
    if (event !== undefined) this.events = [...this.events, event].slice(-toldMax);
  }
}

/** The registry of these clusters is in the manager, behind the same wire: a scenario says both. */
export function withRegistry(cut: CutByHand): CutByHand {
  const whole = (ends: readonly string[]): readonly string[] =>
    ends.some(isManager) && !ends.includes("registry") ? [...ends, "registry"] : ends;
  return { ...cut, from: whole(cut.from), to: whole(cut.to) };
}

function isManager(end: string): boolean {
  return end !== "registry" && roleOf(nodeId(end)) === "manager";
}

function endpoint(end: string): Endpoint {
  return end === "registry" ? end : nodeId(end);
}
