/** The faults of a scenario as they are written. What stands here is the reference: docs/faults.md is made from it. */
import { z } from "zod";
import { delay } from "./delay.ts";
import { duration, rate } from "./units.ts";

const hour = 3600e6;
/** By when a core goes on where nothing else is said. */
export const coreWithinMicros = 30e6;
const probability = z.number().min(0).max(1);

const node = z.string().min(1).describe("a node's name, or a word for whoever it is then");
const ends = z.array(z.string().min(1)).min(1).max(1000).describe("nodes, words for nodes, or `registry`");
const version = z
  .number()
  .int()
  .min(1)
  .max(255)
  .optional()
  .describe("of the protocol, in another release; the cluster speaks 1, and refuses others by name");
const lasts = duration.describe("how long it lasts");
const how = z.enum(["both", "one-way"]).default("both").describe("`one-way`: the way back is as it was");

export const trigger = z.strictObject({
  fact: z.string().min(1).describe("its type, as docs/observations.md has it, or what another fault did"),
  node: node.optional().describe("who says it, or whom the world does it to"),
  where: z
    .record(z.string(), z.union([z.number(), z.string(), z.boolean(), z.null()]))
    .default({})
    .describe("its fields, those of a field's own as `push.slot`; a node may be a word"),
  nth: z.number().int().min(1).max(1_000_000).default(1).describe("which of those that match"),
  after: duration.default(0).describe("how long after it"),
  from: duration.optional().describe("facts before then are not meant"),
  until: duration.optional().describe("nor facts from then on"),
});

const when = {
  id: z
    .string()
    .regex(/^[a-z0-9-]+$/, "an id has lower-case letters, digits and dashes")
    .optional()
    .describe("a name of its own"),
  at: duration.optional().describe("when, from the start of the run"),
  on: trigger.optional().describe("or what it waits for"),
};

const step = duration
  .refine((micros) => micros <= hour, "a clock jumps by at most 1h")
  .describe("its clock jumps forward by this");

const kill = z
  .union([z.literal("never"), duration])
  .describe("when the machine is really gone, where the notice is not true; `never`: the notice is a lie");

export const fault = z.discriminatedUnion("kind", [
  z
    .strictObject({
      kind: z.literal("crash"),
      node,
      ...when,
      restart: z
        .union([z.literal("never").transform(() => undefined), duration])
        .optional()
        .describe("after how long it is there again, as a new life (never)"),
      writes: z
        .enum(["kept", "lost"])
        .default("kept")
        .describe("what it was still writing to the disk: all of it is there, or nothing of it"),
      version,
    })
    .describe(
      "The node is gone between two events, with its timers, its work in hand and what is on its way to it; stream connections from and to it break. What it asked of the registry is done. Its next life holds nothing of the last one, and its peers are told of a fresh connection.",
    ),
  z
    .strictObject({
      kind: z.literal("crash-loop"),
      node,
      ...when,
      times: z.number().int().min(2).max(1000).describe("how often it crashes"),
      up: duration.describe("how long each life lasts"),
      down: duration.describe("from each crash to the next life"),
    })
    .describe("A crash, and another one each time that it is there again; after the last it stays."),
  z
    .strictObject({
      kind: z.literal("pause"),
      node,
      ...when,
      for: lasts,
      wakes: z
        .enum(["in-order", "timers-first", "timers-last"])
        .default("in-order")
        .describe(
          "`in-order`: what came meanwhile happens as it came; or all timers that fell due before, or after, all that was received",
        ),
    })
    .describe(
      "As by SIGSTOP and SIGCONT: nothing reaches it and no timer fires; afterwards all of that happens at once. One pause of a node at a time.",
    ),
  z
    .strictObject({
      kind: z.literal("cut"),
      from: ends,
      to: ends,
      ...when,
      for: lasts,
      how,
      mode: z
        .enum(["drop", "hold", "reset"])
        .default("drop")
        .describe(
          "`drop`: what is sent is lost, and a stream that lost frames breaks when it is whole again; `hold`: it comes then; `reset`: what is on its way when it begins is lost too",
        ),
    })
    .describe("Nothing that is sent meanwhile gets from one of `from` to one of `to`, nor back."),
  z
    .strictObject({
      kind: z.literal("partition"),
      groups: z
        .array(ends)
        .min(2)
        .max(100)
        .describe("nodes that still reach one another; `registry` is in one of them, or reaches all"),
      ...when,
      for: lasts,
      mode: z.enum(["drop", "hold", "reset"]).default("drop").describe("as for `cut`"),
    })
    .describe(
      "Nobody of one group reaches anybody of another. A node in no group reaches everybody: a bridge.",
    ),
  z
    .strictObject({
      kind: z.literal("clog"),
      from: ends,
      to: ends,
      ...when,
      for: lasts,
      how,
      delay: duration.describe("what each frame takes meanwhile"),
    })
    .describe("Nothing is lost, and all of it is slow."),
  z
    .strictObject({
      kind: z.literal("swizzle"),
      nodes: ends.describe("who is cut off from all that `others` names, one after the other"),
      others: ends,
      ...when,
      for: lasts.describe(
        "from the first cut to the last heal: the first half cuts, the second heals in an order of its own",
      ),
    })
    .describe(
      "Nodes are cut off one by one and come back one by one in another order, which the seed draws.",
    ),
  z
    .strictObject({
      kind: z.literal("link"),
      from: ends,
      to: ends,
      ...when,
      for: lasts,
      how,
      delay: delay.optional().describe("of each frame"),
      loss: probability.optional().describe("a frame, on datagram links"),
      duplicate: probability.optional().describe("a frame, on datagram links"),
      reorder: probability.optional().describe("a frame, on datagram links"),
      reset: probability.optional().describe("a frame, on stream links: the connection breaks"),
    })
    .describe(
      "These links have another profile for a while; what is left out stays as `net.default` has it.",
    ),
  z
    .strictObject({
      kind: z.literal("nic"),
      node,
      ...when,
      for: lasts,
      egress: rate.optional().describe("what it sends at most"),
      ingress: rate
        .optional()
        .describe("what reaches it at most: many that answer one node at once meet here (incast)"),
    })
    .describe(
      "The node's network card has this bandwidth for a while; data frames queue for it, control frames do not.",
    ),
  z
    .strictObject({ kind: z.literal("join"), node, ...when, version })
    .describe("Starts only then. Its name is the next free one of its role; the job does not wait for it."),
  z
    .strictObject({
      kind: z.literal("leave"),
      node,
      ...when,
    })
    .describe("Is asked to leave, hands over what it holds, and is gone for good; nobody kills it."),
  z
    .strictObject({
      kind: z.literal("decommission"),
      node,
      ...when,
    })
    .describe(
      "An operator says that the node is gone for good (`tauring node decommission`): the acting manager marks it, and nobody comes back under its name. Where it lives it is evicted, and hands nothing over. Refused as long as nobody else has a segment that it holds, and for the manager that acts; then it is asked for again, for half a minute.",
    ),
  z
    .strictObject({
      kind: z.literal("preempt"),
      node: node.optional(),
      nodes: ends.optional().describe("several at once, as where one pool of machines is taken back"),
      ...when,
      notice: duration.describe("what it is told that it has; `0s`: nothing is told"),
      kill: kill.optional(),
    })
    .describe("Is asked to leave, and after the notice it is gone for good, whether it has left or not."),
  z
    .strictObject({
      kind: z.literal("slow"),
      node,
      ...when,
      for: lasts,
      factor: z.number().gt(1).max(10_000).describe("how many times as long its work takes"),
    })
    .describe("What it computes takes longer. Once at a time."),
  z
    .strictObject({
      kind: z.literal("clock"),
      node,
      ...when,
      step: step.optional(),
      drift: z
        .number()
        .min(-0.5)
        .max(0.5)
        .optional()
        .describe("the share that it gains on true time from then on"),
      freeze: duration.optional().describe("it stands still for so long"),
    })
    .describe("Its own clock goes wrong, and stays so through a crash. A clock never goes back."),
  z
    .strictObject({
      kind: z.literal("disk"),
      node,
      ...when,
      for: lasts,
      what: z
        .enum(["slow", "full", "failing", "torn", "lost", "flipped"])
        .describe(
          "`slow`: each access takes `by` longer; `full`: nothing can be written; `failing`: every access ends with an error; and of what is written meanwhile, which the disk says is written: `torn`: half of each file is there, `lost`: none of it, `flipped`: one bit of it is another",
        ),
      by: duration.optional().describe("how much longer each access takes"),
    })
    .describe(
      "The disk that keeps the checkpoints does this to what the node asks of it. What it keeps outlives every node.",
    ),
  z
    .strictObject({
      kind: z.literal("memory"),
      node,
      ...when,
      for: lasts,
      bytes: z.number().int().min(0).describe("what it may use"),
      restart: z
        .union([z.literal("never").transform(() => undefined), duration])
        .optional()
        .describe("after how long it is there again, as a new life (never)"),
    })
    .describe(
      "Where it uses more memory than that it is killed, as by the kernel of a machine that has none left. What it uses is what it says of itself, a few times in a second: the rows that it holds, and its buffers that are counted in bytes. Buffers have limits of their own (`limits`): a request beyond one of those is refused, and the node lives.",
    ),
  z
    .strictObject({ kind: z.literal("heal-all"), ...when })
    .describe(
      "Every fault that lasts is over: cuts, links, bandwidth, pauses, slow nodes, disks. Those before it in the list that still wait for a fact do not happen any more; who crashed comes back as was said.",
    ),
  z
    .strictObject({
      kind: z.literal("core"),
      nodes: ends.describe("who is left"),
      ...when,
      within: duration
        .default(coreWithinMicros)
        .describe("the frontier rises by then, or the job has ended (V2)"),
    })
    .describe(
      "Everything is healed, and all but these are gone for good: failures that stay. What is left must be enough to go on, and must go on.",
    ),
  z
    .strictObject({ kind: z.literal("abandon"), ...when })
    .describe(
      "Whoever submitted the job goes away and asks for nothing more; on real processes its connections are closed, and another client hears how the job ends. The job does not depend on it.",
    ),
  z
    .strictObject({ kind: z.literal("submit"), ...when })
    .describe(
      "Somebody submits the job once more, as one whose answer was lost; the cluster has it already.",
    ),
]);

export type WrittenFault = z.output<typeof fault>;
export type WrittenTrigger = z.output<typeof trigger>;
