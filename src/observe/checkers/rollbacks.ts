/** L1: once a job was rolled back, nothing of the lineage before has an effect (docs/guarantees.md G13). */
import type { Observation, Token } from "../../core/index.ts";
import type { Fact } from "../fact.ts";
import type { Checker, Report } from "./checker.ts";
import { madeAt, placeName, SegmentMap, tokenName } from "./identity.ts";
import { type Life, lifeName, type Lives } from "./lives.ts";

type Sealed = Extract<Observation, { readonly type: "segment-sealed" }>;
type Resumed = Extract<Observation, { readonly type: "job-resumed" }>;

interface Lineage {
  readonly sealed: SegmentMap<true>;
  /** Lives that have the segment as the checkpoint has it, or were filled by one that has. */
  readonly holders: SegmentMap<Set<Life>>;
  begins: { readonly checkpoint: string; readonly first: number } | undefined;
}

/**
 * In a lineage that began with a rollback every state is of that lineage, each segment begins with what its master has read from the
 * checkpoint, and everyone means the same checkpoint.
 */
export class NothingOfOldLineages implements Checker {
  readonly id = "L1";
  readonly promise =
    "after a rollback every state is built of the checkpoint and of what was done since, and nothing else";
  readonly reads: Checker["reads"] = [
    "view-adopted",
    "job-rolled-back",
    "job-resumed",
    "part-restored",
    "entry-stored",
    "segment-sealed",
    "applied",
    "committed",
    "read-answered",
    "part-pulled",
  ];
  readonly follows: NonNullable<Checker["follows"]>;
  private readonly lives: Lives;
  private readonly lineageOf: Map<string, number> = new Map();
  private readonly lineages: Map<number, Lineage> = new Map();
  private rollbacks = 0;

  constructor(lives: Lives) {
    this.lives = lives;
    this.follows = [lives];
  }

  observe({ node, fact }: Fact, report: Report): void {
    if (fact.type === "view-adopted") return void this.lineageOf.set(node, fact.lineage);
    if (fact.type === "job-rolled-back") {
      this.rollbacks++;
      return this.began(fact.lineage, fact, report);
    }
    const number = this.lineageOf.get(node) ?? 1;
    if (number < 2) return;
    switch (fact.type) {
      case "job-resumed":
        return this.resumed(number, fact, report);
      case "part-restored":
        return this.has(number, fact, this.lives.of(node));
      case "entry-stored":
        if (fact.isSnapshot) this.has(number, fact, this.lives.of(node));
        return this.isOf(number, fact, node, report);
      case "segment-sealed":
        this.isOf(number, fact, node, report);
        return this.sealed(number, fact, this.lives.of(node), report);
      case "applied":
      case "committed":
      case "read-answered":
      case "part-pulled":
        return this.isOf(number, fact, node, report);
    }
  }

  finish(): void {}

  measured(): Readonly<Record<string, number>> {
    return { rollbacks: this.rollbacks };
  }

  private of(number: number): Lineage {
    return madeAt(this.lineages, number, newLineage);
  }

  private began(
    number: number,
    { checkpoint, first }: { readonly checkpoint: string; readonly first: number },
    report: Report,
  ): void {
    report.evaluated();
    const lineage = this.of(number);
    const known = lineage.begins;
    lineage.begins = { checkpoint, first };
    if (known === undefined || (known.checkpoint === checkpoint && known.first === first)) return;
    report.violated(
      `lineage ${number} begins with ${checkpoint} at task ${first}, and with ${known.checkpoint} at task ${known.first}`,
    );
  }

  private resumed(number: number, fact: Resumed, report: Report): void {
    if (fact.lineage !== number) report.violated(`lineage ${fact.lineage} goes on in lineage ${number}`);
    this.began(number, fact, report);
  }

  private has(
    number: number,
    { parameter, segment }: { readonly parameter: number; readonly segment: number },
    life: Life,
  ): void {
    const { holders } = this.of(number);
    const known = holders.get(parameter, segment);
    if (known === undefined) holders.set(parameter, segment, new Set([life]));
    else known.add(life);
  }

  private isOf(
    number: number,
    fact: {
      readonly type: string;
      readonly parameter: number;
      readonly segment: number;
      readonly token: Token;
    },
    node: string,
    report: Report,
  ): void {
    report.evaluated();
    const { type, parameter, segment, token } = fact;
    if (token.lineage === number) return;
    report.violated(
      `${node} is in lineage ${number}, and says ${type} of ${tokenName(token)} of ${placeName(parameter, segment)}`,
    );
  }

  /** The first time in the lineage: it begins with the checkpoint, to which nothing was added. */
  private sealed(number: number, { parameter, segment, token }: Sealed, life: Life, report: Report): void {
    const { sealed, holders } = this.of(number);
    if (sealed.get(parameter, segment) === true || this.lives.hasLostWords("server")) return;
    sealed.set(parameter, segment, true);
    report.evaluated();
    const where = placeName(parameter, segment);
    if (token.index !== 0) {
      report.violated(
        `${where} begins in lineage ${number} with ${tokenName(token)}, which is not the checkpoint's`,
      );
    }
    if (holders.get(parameter, segment)?.has(life) === true) return;
    report.violated(
      `${lifeName(life)} serves ${where} in lineage ${number}, and has not read the checkpoint`,
    );
  }
}

function newLineage(): Lineage {
  return { sealed: new SegmentMap(), holders: new SegmentMap(), begins: undefined };
}
