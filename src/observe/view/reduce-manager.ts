/** What a manager says: the views that it published, and the nodes that it gave up. */
import type { Observation, View } from "../../core/index.ts";
import type { Loss, NodePart, Published } from "./node-part.ts";

type ManagerFact = Extract<Observation, { type: "view-published" | "node-evicted" }>;

const lossesKept = 16;

export function reduceManager(part: NodePart, at: number, fact: ManagerFact): void {
  if (fact.type === "view-published") {
    part.losses = part.losses.map((loss) => published(loss, fact.view));
    part.published = { at, view: fact.view, moves: movesOf(fact.view, at, part.published) };
    return;
  }
  const { peer, incarnation, reason } = fact;
  const suspicion = part.suspicions.find((one) => one.peer === peer);
  const view = part.published?.view;
  const loss: Loss = {
    peer,
    incarnation,
    at,
    reason,
    suspectedAt: suspicion?.at ?? null,
    silentMs: suspicion?.silentMs ?? 0,
    taken: (view?.segments ?? []).filter(({ holders }) => holders[0] === peer).map(({ begin }) => begin),
    view: null,
    needs: [],
  };
  part.suspicions = part.suspicions.filter((one) => one.peer !== peer);
  part.losses = [...part.losses, loss].slice(-lossesKept);
}

function published(loss: Loss, view: View): Loss {
  const isIn = view.segments.some(({ holders, filling }) =>
    [...holders, ...filling].some((node) => node === loss.peer),
  );
  if (loss.view !== null || (isIn && (view.incarnations[loss.peer] ?? 0) <= loss.incarnation)) return loss;
  const needs = loss.taken.map((begin) => containing(view, begin));
  return { ...loss, view: view.number, needs: [...new Set(needs)] };
}

/** The segment of the view that has this position of the ring. */
function containing(view: View, position: number): number {
  let found = 0;
  for (const { begin } of view.segments) if (begin <= position) found = begin;
  return found;
}

function movesOf(view: View, at: number, before: Published | null): Published["moves"] {
  const known = before?.moves ?? [];
  return view.segments.flatMap(({ begin: segment, filling }) =>
    filling.map(
      (to) => known.find((move) => move.segment === segment && move.to === to) ?? { segment, to, at },
    ),
  );
}
