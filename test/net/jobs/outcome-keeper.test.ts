/** A scheduler's outcome over gRPC: who counts as somebody who fetches it, and who finds it. */
import * as grpc from "@grpc/grpc-js";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type JobResult, recordKeys } from "../../../src/core/index.ts";
import { JobClient } from "../../../src/net/jobs/job-client.ts";
import { OutcomeKeeper, type OutcomePart } from "../../../src/net/jobs/outcome-keeper.ts";
import { readOutcome } from "../../../src/net/jobs/outcome-reader.ts";
import { jobsService } from "../../../src/net/proto.ts";
import type { EmbeddedRegistry } from "../../../src/net/registry/embedded-registry.ts";
import { clientMetadata } from "../../../src/net/transport/handshake.ts";
import { defaultTransportLimits } from "../../../src/net/transport/limits.ts";
import { GrpcServer } from "../../../src/net/transport/server.ts";
import { until } from "../support/clock.ts";
import { ServedRegistry, openRegistry } from "../support/registry-worlds.ts";

const keyCount = 1_000_000;
/** Longer than anything here takes. */
const patientMs = 60_000;
const door = { clusterId: "test", isTls: false };
const closes: (() => unknown)[] = [];
beforeEach(() => {
  closes.length = 0;
});
afterEach(async () => {
  for (const close of closes.reverse()) await close();
});

function outcome(): JobResult {
  const model = { keys: new Uint32Array(2 * keyCount), weights: new Float64Array(keyCount).fill(0.5) };
  return { endedBy: "counted", objective: 1, nonzeros: 2, passes: 1, chosen: {}, model } as never;
}

async function serve(keeper: OutcomeKeeper): Promise<number> {
  const server = new GrpcServer(
    { host: "127.0.0.1", port: 0, tls: undefined, limits: defaultTransportLimits, refused: () => {} },
    [keeper.service()],
  );
  closes.push(() => server.close());
  return server.listen();
}

/** A fetch that has taken its first part and reads no further. */
async function fetchSlowly(port: number): Promise<grpc.ClientReadableStream<OutcomePart>> {
  const Client = grpc.makeClientConstructor(jobsService, "Jobs");
  const client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure()) as unknown as {
    Outcome(request: object, metadata: grpc.Metadata): grpc.ClientReadableStream<OutcomePart>;
    close(): void;
  };
  closes.push(() => client.close());
  const call = client.Outcome({}, clientMetadata("test"));
  call.on("error", () => {});
  await new Promise<void>((resolve) => call.once("readable", resolve));
  return call;
}

test("somebody who fetches a model slowly is being served until all of it is taken", async () => {
  const keeper = new OutcomeKeeper(true, door, patientMs);
  keeper.keep(outcome());
  const call = await fetchSlowly(await serve(keeper));
  expect([keeper.isServing, keeper.isWanted]).toEqual([true, true]);
  const result = await readOutcome(call);
  expect(result.model?.weights).toHaveLength(keyCount);
  await until(() => !keeper.isServing, "it was served");
  expect(keeper.isWanted).toBe(false);
});

test("somebody who hangs up or takes nothing any more is not, and has it not", async () => {
  const keeper = new OutcomeKeeper(true, door, patientMs);
  keeper.keep(outcome());
  const call = await fetchSlowly(await serve(keeper));
  call.cancel();
  await until(() => !keeper.isServing, "the call is gone");
  expect(keeper.isWanted).toBe(true);

  const impatient = new OutcomeKeeper(true, door, 50);
  impatient.keep(outcome());
  await fetchSlowly(await serve(impatient));
  await until(() => !impatient.isServing, "nothing was taken for too long");
  expect(impatient.isWanted).toBe(true);
});

test("a client asks the scheduler of the newest term, wherever and whenever it is registered", async () => {
  const keeper = new OutcomeKeeper(true, door, patientMs);
  keeper.keep(outcome());
  const address = `127.0.0.1:${await serve(keeper)}`;
  const registry = await openRegistry(undefined);
  const served = await ServedRegistry.start(registry);
  closes.push(
    () => registry.close(),
    () => served.server.close(),
  );
  await put(registry, recordKeys.node("scheduler-0"), { incarnation: 1, address: "127.0.0.1:1" });
  await put(registry, recordKeys.term("scheduler"), { leader: "scheduler-1", term: 2 });
  const client = new JobClient({
    address: `127.0.0.1:${served.port}`,
    tls: undefined,
    clusterId: "test",
  });
  closes.push(() => client.close());
  const fetched = client.outcome();
  await until(() => registry.watcherCount > 0, "the client looks for the scheduler");
  await put(registry, recordKeys.node("scheduler-1"), { incarnation: 1, address });
  expect((await fetched).model?.weights).toHaveLength(keyCount);
});

async function put(registry: EmbeddedRegistry, key: string, value: object): Promise<void> {
  const write = { type: "put", key, value: JSON.stringify(value), lease: 0 } as const;
  await registry.execute({ type: "transact", compare: [], writes: [write] });
}
