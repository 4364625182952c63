/** A fact in words, for people: traces as text, diagrams, screens. */
import { type Observation, type PushIdentity, segmentName, slotsName, type Token } from "../core/index.ts";
import { edgeText } from "./edge-text.ts";

/** One line, without time and node. */
export function describeFact(fact: Observation): string {
  const describe = words[fact.type] as (fact: Observation) => string;
  return describe(fact);
}

type Words = {
  readonly [Type in Observation["type"]]: (fact: Extract<Observation, { readonly type: Type }>) => string;
};

const words: Words = {
  "node-started": ({ incarnation }) => `started as incarnation ${incarnation}`,
  "node-stopped": ({ reason }) => (reason === undefined ? "stopped" : `stopped: ${reason}`),
  "view-adopted": ({ view, lineage }) => `adopted view ${view} of lineage ${lineage}`,
  "view-published": ({ view, term }) =>
    `published view ${view.number} of ${view.segments.length} segments, in term ${term}`,
  "node-evicted": ({ peer, incarnation, reason }) => `evicted ${peer}#${incarnation}: ${reason}`,
  "leader-elected": ({ role, term }) => `leads as ${role} in term ${term}`,
  "node-suspected": ({ peer, silentMs }) => `suspects ${peer}, silent for ${silentMs} ms`,
  "job-submitted": ({ name, slotCount, tau }) => `job ${name}: ${slotCount} slots, ${delay(tau)}`,
  "slot-assigned": ({ slot, worker, epoch }) => `slot ${slot} goes to ${worker} under epoch ${epoch}`,
  "slot-dropped": ({ slot, first }) => `slot ${slot} has no task from ${first} on`,
  "task-issued": ({ time, name, slots, tau }) =>
    `task ${time} (${name}) issued to ${slotsName(slots)}, ${delay(tau)}`,
  "task-started": ({ slot, time, name, frontierFloor }) =>
    `slot ${slot} starts task ${time} (${name}); all below ${frontierFloor} have finished`,
  "task-finished": ({ slot, time, busyMicros }) =>
    `slot ${slot} has finished task ${time}, busy for ${busyMicros} us`,
  "slot-blocked": ({ slot, edge }) => `slot ${slot} waits for ${edgeText(edge)}`,
  "slot-waited": ({ slot, waitMicros, edge }) => `slot ${slot} waited ${waitMicros} us for ${edgeText(edge)}`,
  "frontier-rose": ({ floor }) => `all tasks below ${floor} have finished`,
  "push-invoked": (fact) => `${pushText(fact.push)} to ${fact.segments.map(segmentName).join(", ")}`,
  "push-finished": (fact) => `${pushText(fact.push)} finished`,
  "push-refused": (fact) => `${pushText(fact.push)} refused at ${segmentName(fact.segment)}: ${fact.reason}`,
  "part-received": (fact) =>
    `part of ${pushText(fact.push)} for ${segmentName(fact.segment)}${fact.isDuplicate ? ", again" : ""}`,
  applied: (fact) =>
    `${placeText(fact)}: applied task ${fact.time} op ${fact.op} of ${slotsName(fact.slots)}`,
  "entry-stored": (fact) => `${placeText(fact)}: ${fact.isSnapshot ? "stored the whole state" : "stored"}`,
  "segment-sealed": (fact) => `${placeText(fact)}: sealed in view ${fact.view}`,
  "holder-filled": ({ peer, segment, view }) =>
    `${peer} is filled with segment ${segmentName(segment)} in view ${view}`,
  "segment-dropped": (fact) => `${placeText(fact)}: dropped in view ${fact.view}`,
  committed: (fact) => `${placeText(fact)}: committed`,
  "read-answered": (fact) => `${placeText(fact)}: answered ${pullText(fact)}`,
  "pull-invoked": (fact) => `${pullText(fact)}${fact.asOf === null ? "" : `, as of op ${fact.asOf}`}`,
  "part-pulled": (fact) => `${placeText(fact)}: came to ${pullText(fact)}`,
  "keys-missed": ({ peer, segment }) => `${peer} named unknown keys in segment ${segmentName(segment)}`,
  "frame-dropped": ({ reason }) => `dropped a frame: ${reason}`,
  "frame-resent": ({ to, sequence }) => `sent frame ${sequence} to ${to} again`,
  "filters-saved": ({ unfilteredBytes, sentBytes }) =>
    `sent ${sentBytes} bytes, which were ${unfilteredBytes} without filters`,
  "part-saved": (fact) =>
    `${placeText(fact)}: saved in ${fact.checkpoint}${fact.isShared ? ", as before" : ""}`,
  "part-restored": ({ segment, parameter, checkpoint, rows }) =>
    `${rows} rows of parameter ${parameter} in ${segmentName(segment)} restored from ${checkpoint}`,
  "checkpoint-saved": ({ checkpoint, parts, bytes, pauseMicros }) =>
    `checkpoint ${checkpoint}: ${parts} parts, ${bytes} bytes, ${pauseMicros} us of pause`,
  "checkpoint-failed": ({ checkpoint, reason }) => `checkpoint ${checkpoint} failed: ${reason}`,
  "job-resumed": ({ checkpoint, lineage, first }) =>
    `goes on from ${checkpoint} in lineage ${lineage}, with task ${first}`,
  "checkpoint-passed-over": ({ checkpoint, reason }) => `checkpoint ${checkpoint} is passed over: ${reason}`,
  "job-rolled-back": ({ checkpoint, lineage, view, first, reached, reason }) =>
    `rolled the job back to ${checkpoint} as lineage ${lineage}, in view ${view}: tasks from ${first} on are done again ` +
    `(it had reached ${reached}), as ${reason}`,
  "progress-reported": ({ progress }) =>
    `pass ${progress.pass}: objective ${progress.objective}, ${progress.nonzeros} non-zeros`,
  "model-saved": ({ sha }) => `model ${sha.slice(0, 12)}`,
  "job-ended": ({ endedBy, objective }) => `the job ended by ${endedBy}, objective ${objective}`,
  "job-failed": ({ reason }) => `the job failed: ${reason}`,
  "traffic-counted": ({ sentBytes, receivedBytes }) =>
    `sent ${sentBytes} bytes so far, received ${receivedBytes}`,
  "node-crashed": ({ peer }) => `${peer} crashes`,
  "node-launched": ({ peer, life }) => `${peer} begins life ${life}`,
  "node-paused": ({ peer }) => `${peer} is paused`,
  "node-resumed": ({ peer }) => `${peer} goes on`,
  "node-asked-to-leave": ({ peer }) => `${peer} is asked to leave`,
  "node-decommissioned": ({ peer }) => `${peer} is gone for good`,
  "node-slowed": ({ peer, factor }) =>
    factor === 1 ? `${peer} computes as fast as before` : `${peer} computes ${factor} times as slowly`,
  "clock-changed": ({ peer }) => `the clock of ${peer} is changed`,
  "link-cut": ({ from, to }) => `cut off: ${from.join(", ")} from ${to.join(", ")}`,
  "pull-finished": (fact) => `${pullText(fact)} finished`,
  "leave-requested": ({ reason, drains }) =>
    `asked to leave${drains ? ", once others hold what it holds" : ""}: ${reason}`,
  "buffers-measured": ({ buffers }) =>
    `buffers: ${buffers.map(({ option, size, max }) => `${option} ${size} of ${max}`).join(", ")}`,
  "heartbeat-arrived": ({ peer, incarnation, manager }) =>
    `a heartbeat of ${peer}#${incarnation} came to ${manager}`,
  "record-written": ({ key, by, term }) =>
    `the registry has ${key}, by ${by}${term === undefined ? "" : `, of term ${term}`}`,
  "link-healed": ({ from, to }) => `whole again: ${from.join(", ")} to ${to.join(", ")}`,
  "link-changed": ({ from, to }) => `another lot for frames: ${from.join(", ")} to ${to.join(", ")}`,
  "link-restored": ({ from, to }) => `the usual lot again: ${from.join(", ")} to ${to.join(", ")}`,
  "bandwidth-changed": ({ peer }) => `the bandwidth of ${peer} is changed`,
  "disk-troubled": ({ peer, what }) => `the disk under ${peer}: ${what}`,
  "disk-well": ({ peer }) => `the disk under ${peer} is well again`,
  "memory-capped": ({ peer, bytesMax }) => `${peer} may use ${bytesMax} bytes of memory`,
  "memory-uncapped": ({ peer }) => `${peer} may use as much memory as before`,
  "node-out-of-memory": ({ peer, usedBytes, bytesMax }) =>
    `${peer} is killed: it uses ${usedBytes} bytes of memory, and may use ${bytesMax}`,
  "all-healed": () => "everything that lasted is over",
  "core-chosen": ({ nodes, withinMs }) => `only ${nodes.join(", ")} are left, to go on within ${withinMs} ms`,
  "client-gone": () => "whoever submitted the job goes away",
  "job-submitted-again": () => "somebody submits the job once more",
};

const delay = (tau: number | null): string => (tau === null ? "any delay" : `delay at most ${tau}`);

const pushText = ({ parameter, slot, time, op }: PushIdentity): string =>
  `push (parameter ${parameter}, slot ${slot}, task ${time}, op ${op})`;

const pullText = ({ parameter, slot, time, op }: PushIdentity): string =>
  `pull (parameter ${parameter}, slot ${slot}, task ${time}, op ${op})`;

interface Place {
  readonly parameter: number;
  readonly segment: number;
  readonly token: Token;
}

function placeText({ parameter, segment, token }: Place): string {
  const { lineage, view, index } = token;
  return `parameter ${parameter} segment ${segmentName(segment)} at (${lineage}, ${view}, ${index})`;
}
