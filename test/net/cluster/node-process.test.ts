import type { ClientDuplexStream } from "@grpc/grpc-js";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type Progress, createNode } from "../../../src/core/index.ts";
import { conform, snappyCompressor, startNode } from "../../../src/net/index.ts";
import { until } from "../support/clock.ts";
import { CountCluster, countJob, countModule } from "../support/count-cluster.ts";

let folder: string;
let cluster: CountCluster | undefined;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "tauring-cluster-"));
});
afterEach(async () => {
  await cluster?.stop();
  cluster = undefined;
  rmSync(folder, { recursive: true });
});

function countFacts(type: string): number {
  return cluster?.facts.filter(({ fact }) => fact.type === type).length ?? 0;
}

/** How the job ended, for a client. */
async function finish(running: CountCluster, job = countJob({ tasks: 20 })) {
  const client = running.client();
  const progress: Progress[] = [];
  const end = new Promise<string>((resolve) => {
    client.follow({
      progress: (line) => progress.push(line),
      ended: () => resolve("ended"),
      failed: ({ reason, node }) => resolve(`failed at ${node}: ${reason}`),
      lost: (reason) => resolve(`lost: ${reason}`),
    });
  });
  const refusal = await client.submit(job);
  const how = refusal ?? (await end);
  const outcome = how === "ended" ? await client.outcome() : undefined;
  await client.close();
  return { how, progress, outcome };
}

describe("a cluster of nodes over gRPC", () => {
  test.each(["inline", "thread", "auto"] as const)(
    "runs a job with its programs placed %s, to the same end, and leaves by itself",
    async (place) => {
      cluster = await CountCluster.start({ place });
      const { how, progress, outcome } = await finish(cluster);
      expect(how).toBe("ended");
      // 3000 keys, 20 tasks, 1 each.
      expect(outcome?.objective).toBe(60_000);
      expect(outcome?.endedBy).toBe("counted");
      expect([...(outcome?.model?.keys ?? [])]).toEqual([1, 0, 5, 0]);
      expect([...(outcome?.model?.weights ?? [])]).toEqual([1.5, -2.5]);
      expect(progress.map(({ objective }) => objective)).toEqual([60_000]);
      const exits = await Promise.all([...cluster.nodes.values()].map((node) => node.exited));
      expect(exits).toEqual(Array.from({ length: 6 }, () => ({ type: "stopped", reason: undefined })));
    },
  );

  test("every recorded node, told the same again, does the same byte for byte", async () => {
    cluster = await CountCluster.start({ recordFolder: folder });
    expect((await finish(cluster)).how).toBe("ended");
    await Promise.all([...cluster.nodes.values()].map((node) => node.exited));
    const { applications } = await countModule();
    for (const id of cluster.nodes.keys()) {
      const file = path.join(folder, id);
      const conformance = conform(file, (options) =>
        createNode(options, { compressor: snappyCompressor, applications }),
      );
      expect(conformance).toMatchObject({ ok: true, node: id });
      expect(conformance.ok && conformance.stepCount).toBeGreaterThan(20);
      const stranger = conform(file, (options) =>
        createNode({ ...options, heartbeatIntervalMs: 77 }, { compressor: snappyCompressor, applications }),
      );
      expect(stranger).toMatchObject({ ok: false });
      expect(stranger.ok || stranger.reason).toMatch(/step \d+ \(.*\): /);
    }
  });

  test("a program that throws ends the job with its reason, everywhere", async () => {
    cluster = await CountCluster.start();
    const { how } = await finish(cluster, countJob({ tasks: 20, failAt: 5 }));
    expect(how).toMatch(/failed at worker-[01]: .*task 5 fails on purpose/);
    const exits = await Promise.all([...cluster.nodes.values()].map((node) => node.exited));
    for (const exit of exits) {
      expect(exit.type === "stopped" && exit.reason).toContain("fails on purpose");
    }
  });

  test("data that cannot be read ends the job with file, line and column", async () => {
    cluster = await CountCluster.start();
    const job = { ...countJob({ tasks: 1 }), source: { isMissing: true } };
    expect((await finish(cluster, job)).how).toContain("rows.svm, line 3, column 7: expected a number");
  });

  test("a slot whose program cannot be made ends the job by name, in either place", async () => {
    for (const place of ["inline", "thread"] as const) {
      cluster = await CountCluster.start({ place });
      expect((await finish(cluster, countJob({ tasks: 1, isBroken: true }))).how).toMatch(
        /slot [01] cannot be made/,
      );
      await cluster.stop();
    }
  });

  test("a second job is refused, because a cluster runs one", async () => {
    cluster = await CountCluster.start();
    const job = { ...countJob({ tasks: 1 }), source: { isEndless: true } };
    const client = cluster.client();
    expect(await client.submit(job)).toBeUndefined();
    expect(await client.submit(job)).toMatch(/has a job already/);
    await client.close();
  });

  test("a node that vanishes is named by the failure, within ten seconds", async () => {
    cluster = await CountCluster.start();
    const job = { ...countJob({ tasks: 1 }), source: { isEndless: true } };
    const running = finish(cluster, job);
    await until(() => countFacts("slot-assigned") > 0, "the job starts");
    cluster.node("server-1").stop("killed by the test");
    expect((await running).how).toMatch(/server-1/);
  });

  test("a client whose cluster is gone hears that it is lost", async () => {
    cluster = await CountCluster.start();
    const job = { ...countJob({ tasks: 1 }), source: { isEndless: true } };
    const running = finish(cluster, job);
    await until(() => countFacts("slot-assigned") > 0, "the job starts");
    await cluster.stop();
    expect((await running).how).toMatch(/lost|failed/);
  });
});

describe("a node that cannot start says why, and leaves nothing behind", () => {
  test("a port in use", async () => {
    cluster = await CountCluster.start();
    const port = Number(cluster.registryAddress.split(":")[1]);
    await expect(startNode({ ...cluster.setup("server-0"), port })).rejects.toThrow(
      /cannot listen at 127.0.0.1:\d+: another process has this port; choose another one, or 0/,
    );
  });

  test("an address that needs certificates", async () => {
    cluster = await CountCluster.start();
    await expect(startNode({ ...cluster.setup("server-0"), host: "0.0.0.0" })).rejects.toThrow(/--tls-cert/);
  });

  test.each([
    ["has ended", {}],
    ["has failed", { failAt: 5 }],
  ])("a registry of a job that %s, by its folder", async (how, options) => {
    const registryPath = path.join(folder, "old", "registry.log");
    cluster = await CountCluster.start({ registryPath });
    await finish(cluster, countJob({ tasks: 20, ...options }));
    await Promise.all([...cluster.nodes.values()].map((node) => node.exited));
    await expect(CountCluster.start({ registryPath })).rejects.toThrow(
      `the registry in ${path.join(folder, "old")} holds a job that ${how}, and a registry serves one job: ` +
        "start with another folder, or remove this one",
    );
  });

  test("a damaged registry file", async () => {
    const registryPath = path.join(folder, "registry");
    cluster = await CountCluster.start({ registryPath });
    await until(() => countFacts("node-started") === 6, "every node is registered");
    await cluster.stop();
    const bytes = readFileSync(registryPath);
    bytes[30] ^= 1;
    writeFileSync(registryPath, bytes);
    await expect(CountCluster.start({ registryPath })).rejects.toThrow(/registry is damaged at byte 0/);
    expect(existsSync(registryPath)).toBe(true);
  });
});

test("health checks and reflection are served", async () => {
  cluster = await CountCluster.start();
  const grpc = await import("@grpc/grpc-js");
  const { service } = await import("grpc-health-check");
  const Health = grpc.makeClientConstructor(service as never, "Health");
  const client = new Health(cluster.node("server-0").address, grpc.credentials.createInsecure());
  const check = (name: string): Promise<string> =>
    new Promise((resolve) => {
      (
        client as never as { check(q: object, cb: (e: Error | null, a: { status: string }) => void): void }
      ).check({ service: name }, (error, answer) => resolve(error === null ? answer.status : error.message));
    });
  expect(await check("")).toBe("SERVING");
  expect(await check("tauring.v1.Node")).toBe("SERVING");
  expect(await check("other")).toMatch(/NOT_FOUND/);
  client.close();
  for (const version of ["v1", "v1alpha"])
    expect(await servicesAt(cluster.node("server-0").address, version)).toContain("tauring.v1.Node");
});

/** As `grpcurl` asks for them. */
async function servicesAt(address: string, version: string): Promise<readonly string[]> {
  const grpc = await import("@grpc/grpc-js");
  const { loadSync } = await import("@grpc/proto-loader");
  const { fileURLToPath } = await import("node:url");
  const folder = fileURLToPath(
    new URL("../../../node_modules/@grpc/reflection/build/proto", import.meta.url),
  );
  const loaded = loadSync(`${folder}/grpc/reflection/${version}/reflection.proto`, { oneofs: true });
  const definition = loaded[`grpc.reflection.${version}.ServerReflection`];
  const Reflection = grpc.makeClientConstructor(definition as never, "ServerReflection");
  const client = new Reflection(address, grpc.credentials.createInsecure());
  const call = client.ServerReflectionInfo() as ClientDuplexStream<
    object,
    { readonly listServicesResponse: { readonly service: readonly { readonly name: string }[] } }
  >;
  call.write({ listServices: "" });
  call.end();
  const services: string[] = [];
  for await (const { listServicesResponse } of call)
    services.push(...listServicesResponse.service.map((one: { readonly name: string }) => one.name));
  client.close();
  return services;
}
