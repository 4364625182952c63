/** A cluster of real processes is looked after while it trains: nodes join, drain, are told to leave; the model is the same. */
import { afterAll, afterEach, expect, test } from "vitest";
import { begin, endAll, type Running, tauring, Workshop } from "./support/commands.ts";

const workshop = new Workshop();
afterEach(endAll);
afterAll(() => workshop.remove());

const job = workshop.job("long", { stop: { passesMax: 300, epsilon: 1e-15 } });

/** What this test reads of the documents that the commands print. */
interface Document {
  readonly job: string;
  readonly model_sha256: string;
  readonly segments: readonly { readonly holders: readonly string[] }[];
  readonly nodes: readonly { readonly node: string }[];
  readonly slots: readonly { readonly worker: string }[];
}

/** Exit code, and the one JSON document. */
async function json(...args: readonly string[]): Promise<{ code: number | null; document: Document }> {
  const { code, stdout } = await tauring([...args, "--json"]);
  return { code, document: JSON.parse(stdout) as Document };
}

/** The next free server of the cluster, in a process of its own. */
async function joined(connect: readonly string[]): Promise<{ server: Running; name: string }> {
  const server = begin(["node", "join", "server", ...connect, "--drain-timeout-ms", "30000"]);
  const [, name] = await server.says(/^(server-\d+) listens at/m);
  return { server, name };
}

test("a server joins, one leaves by SIGTERM and one is drained while a job trains: nothing is lost, and all is seen", async () => {
  const launched = begin(["launch", "--servers", "2", "--workers", "2", "--replicas", "1", "--port", "0"]);
  const [, address] = await launched.says(/--connect (\S+)/);
  const connect = ["--connect", address];
  const train = begin(["train", job, ...connect, "--json"]);
  await train.says(/^ +2 +\d/m);

  const { server, name } = await joined(connect);
  expect(name).toBe("server-2");
  const holders = async (): Promise<readonly string[]> => {
    const { document } = await json("ring", ...connect);
    return document.segments.flatMap((segment) => segment.holders);
  };
  while (!(await holders()).includes(name));
  const { document: status } = await json("status", ...connect);
  expect(status.nodes.map(({ node }) => node)).toContain(name);
  expect(status.job).toBe("long");

  server.process.kill("SIGTERM");
  const left = await server.ended;
  expect(left.stderr).toContain(
    `${name} left, and others have what it held: ${name} was told to leave by SIGTERM`,
  );
  expect(left.code).toBe(143);
  const second = await joined(connect);
  expect(second.name).toBe("server-3");
  const drained = await json("node", "drain", "server-1", ...connect);
  expect(drained).toMatchObject({ code: 0, document: { node: "server-1", drained: true } });
  expect(await holders()).not.toContain("server-1");

  const { document: clocks } = await json("clocks", ...connect);
  expect(clocks.slots).toHaveLength(2);
  const { document: workers } = await json("workers", ...connect);
  expect(workers.slots.map(({ worker }) => worker).every((one) => one.startsWith("worker-"))).toBe(true);

  const trained = await train.ended;
  expect(trained.stderr).not.toContain("failed");
  expect(trained.code).toBe(0);
  const undisturbed = await json("train", job, "--world", "sim");
  expect((JSON.parse(trained.stdout) as Document).model_sha256).toBe(undisturbed.document.model_sha256);
  expect((await launched.ended).code).toBe(0);
});

test("a cluster that cannot be reached, and a node that is none, are told with what would help", async () => {
  const nobody = await tauring(["status", "--connect", "127.0.0.1:1"]);
  expect(nobody).toMatchObject({ code: 4, stdout: "" });
  expect(nobody.stderr).toMatch(
    /^tauring: 127\.0\.0\.1:1: connect ECONNREFUSED 127\.0\.0\.1:1; any node of the cluster answers/,
  );
  const bad = await tauring(["why", "--connect", "nowhere"]);
  expect(bad).toMatchObject({ code: 2, stdout: "" });
  expect(bad.stderr).toContain('--connect: found "nowhere"; expected host:port');
});
