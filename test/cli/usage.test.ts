/** What the command line says of itself and of commands that cannot begin: exit code 2, nothing started, one next step. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Command } from "commander";
import { afterAll, afterEach, describe, expect, test, vi } from "vitest";
import { exitCodes } from "../../src/cli/exit.ts";
import { commandTree } from "../../src/cli/main.ts";
import { roles } from "../../src/core/index.ts";
import { run } from "./support/run.ts";

const folder = mkdtempSync(join(tmpdir(), "tauring-usage-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
afterEach(() => vi.unstubAllEnvs());

const root = join(import.meta.dirname, "../..");
const job = join(root, "jobs/a9a.yaml");

function commands(command: Command, above: readonly string[] = []): readonly (readonly string[])[] {
  return command.commands.flatMap((below) => {
    const path = [...above, below.name()];
    return below.commands.length > 0 ? commands(below, path) : [path];
  });
}
const all = commands(commandTree(() => {}));

test.each([...all.map((path) => [path.join(" ")]), ["sim"], ["data"]])(
  "%s --help fits into 80 columns and shows examples that parse",
  async (name) => {
    const { code, stdout, stderr } = await run(...name.split(" "), "--help");
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
    const lines = [...stdout.matchAll(/^ {2}\$ tauring (.+)$/gm)].map(([, line]) => line);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(() => parseOnly(line.split(" ")), line).not.toThrow();
  },
);

test("start --help shows a whole cluster", async () => {
  const { stdout } = await run("start", "--help");
  for (const role of roles) expect(stdout).toMatch(new RegExp(`^ {2}\\$ tauring start --role ${role} `, "m"));
});

test("--help of the whole says every exit code, and how the environment is read", async () => {
  const { code, stdout } = await run("--help");
  expect(code).toBe(0);
  expect(stdout.split("\n").filter((line) => line.length > 80)).toEqual([]);
  for (const value of Object.values(exitCodes)) expect(stdout).toMatch(new RegExp(`^ +${value}  `, "m"));
  expect(stdout).toContain("TAURING_BAD_LINES=skip");
});

test("--version says that of the package", async () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  expect(await run("--version")).toEqual({ code: 0, stdout: `${version}\n`, stderr: "" });
});

describe("the README", () => {
  const readme = readFileSync(join(root, "README.md"), "utf8");

  test("has only commands that parse", () => {
    const lines = [...readme.matchAll(/^\$ npx tauring (.+)$/gm)].map(([, line]) => line);
    expect(lines.length).toBeGreaterThan(15);
    for (const line of lines) expect(() => parseOnly(line.split(" ")), line).not.toThrow();
  });

  test("has every command and every exit code in its tables", () => {
    // Verbs of one group may share a row: `tauring trace cat/grep`.
    const named = [...readme.matchAll(/^\| `tauring ([a-z/ ]+?)(?: (?:--|[A-Z]).*?)?` \|/gm)].flatMap(
      ([, name]) => {
        const group = name.slice(0, name.lastIndexOf(" ") + 1);
        return name
          .slice(group.length)
          .split("/")
          .map((verb) => `${group}${verb}`);
      },
    );
    expect(named.toSorted()).toEqual(all.map((path) => path.join(" ")).toSorted());
    const coded = [...readme.matchAll(/^\| (\d+)(?:, (\d+))? \|/gm)].flatMap(([, ...codes]) =>
      codes.filter(Boolean),
    );
    expect(coded.map(Number)).toEqual(Object.values(exitCodes));
  });
});

/** Parses without running: each command's action is replaced. */
function parseOnly(argv: readonly string[]): void {
  const program = commandTree(() => {});
  const quiet = (command: Command): void => {
    command.exitOverride().configureOutput({ writeErr: () => {} });
    if (command.commands.length === 0) command.action(() => {});
    for (const below of command.commands) quiet(below);
  };
  quiet(program);
  program.parse([...argv], { from: "user" });
}

describe("a command that cannot begin", () => {
  const unknownOptimum = join(folder, "unknown-optimum.yaml");
  const data = `${join(root, "data")}/`;
  const text = readFileSync(job, "utf8")
    .replace(/^ +reference:.*$/m, "")
    .replaceAll("../data/", data);
  writeFileSync(unknownOptimum, text);
  const model = join(folder, "absent/model.txt");
  const impossible = [..."data synthetic --rows 2 --features 3 --nonzeros 100".split(" "), join(folder, "s")];
  test.each<[why: string, argv: readonly string[], said: string]>([
    ["an unknown command", ["trian"], "unknown command 'trian'\n(Did you mean train?)"],
    [
      "an unknown option",
      ["train", job, "--word", "sim"],
      "unknown option '--word'\n(Did you mean --world?)",
    ],
    ["an argument that is missing", ["train"], "missing required argument 'job'"],
    ["an argument too many", ["check", "a", "--json", "--", "b", "--x"], "a: there is no such file"],
    ["a word that is not allowed", ["train", job, "--world", "mars"], "Allowed choices are grpc, sim."],
    [
      "a number that is none",
      ["train", job, "--tau", "few"],
      "option '--tau <n>' argument 'few' is invalid. Expected a whole number from 0.",
    ],
    [
      "more servers than a job file may have",
      ["train", job, "--servers", "100000"],
      "option '--servers <n>' argument '100000' is invalid. Expected a whole number from 1 to 1000.",
    ],
    [
      "more workers than a job file may have",
      ["start", "--role", "manager", "--workers", "10001"],
      "Expected a whole number from 1 to 10000.",
    ],
    [
      "more processes than one machine is given",
      ["train", job, "--servers", "60", "--workers", "5"],
      "servers 60 and workers 5: one machine is given at most 64 processes of both (localProcessesMax); use --world sim",
    ],
    [
      "a launch of more processes than one machine is given",
      ["launch", "--workers", "1000", "--port", "0"],
      "servers 2 and workers 1000: one machine is given at most 64",
    ],
    [
      "more replicas than a segment is given",
      ["start", "--role", "manager", "--replicas", "11"],
      "option '--replicas <k>' argument '11' is invalid. Expected a whole number from 0 to 10.",
    ],
    [
      "replicas of a cluster that runs",
      ["train", job, "--connect", "127.0.0.1:1", "--replicas", "1"],
      "--replicas cannot be given with --connect: the cluster has its own",
    ],
    [
      "a node to be killed in the simulator",
      ["train", job, "--world", "sim", "--kill", "server-0"],
      "--kill is for a cluster of this machine, over gRPC",
    ],
    ["a port that is none", ["launch", "--port", "70000"], "Expected a port from 0 to 65535."],
    ["no job file", ["train", "no.yaml"], "no.yaml: there is no such file (ENOENT)"],
    ["no scenario file", ["sim", "run", "no.yaml"], "no.yaml: there is no such file (ENOENT)"],
    ["a folder as a job file", ["train", folder], `${folder}: a file was expected, this is a folder`],
    [
      "an output nowhere",
      ["train", job, "--model", model],
      `--model ${model}: there is no folder ${join(folder, "absent")}`,
    ],
    ["a folder as an output", ["train", job, "--trace", folder], `--trace ${folder}: a file was expected`],
    [
      "one file for two outputs",
      ["train", job, "--model", join(folder, "out"), "--trace", join(folder, "./out")],
      `--model and --trace both name ${join(folder, "out")}: give each its own`,
    ],
    [
      "one file for two outputs of a node",
      ["start", "--role", "manager", "--trace", join(folder, "out"), "--record", join(folder, "out")],
      "--trace and --record both name ",
    ],
    [
      "two flags that contradict each other",
      ["train", job, "--solver", "bpg", "--tau", "4", "--filters", "none"],
      "tauring: --solver bpg --tau 4: option solver: bpg is sequential, so tau must be 0, not 4",
    ],
    [
      "a flag that contradicts the job file",
      ["train", job, "--solver", "ftrl"],
      `tauring: ${job}:11:1 with --solver ftrl: filter kkt belongs to the solver dbpg`,
    ],
    [
      "a flag without what it is measured by",
      ["train", unknownOptimum, "--gap", "0.5"],
      "tauring: --gap 0.5: option gap: 0.5 is measured from the option reference",
    ],
    [
      "two worlds",
      ["train", job, "--world", "sim", "--connect", "a:1"],
      "--connect cannot be given with --world sim",
    ],
    [
      "a size with --connect",
      ["train", job, "--connect", "a:1", "--servers", "3"],
      "--servers cannot be given with --connect",
    ],
    [
      "a trace with --connect",
      ["train", job, "--connect", "a:1", "--trace", "t"],
      "--trace cannot be given with --connect",
    ],
    [
      "a recording of the simulator",
      ["train", job, "--world", "sim", "--record", "r"],
      "--record is for --world grpc",
    ],
    ["TLS for a local cluster", ["train", job, "--tls-cert", "c"], "--tls-cert is for --connect"],
    [
      "TLS in part",
      ["train", job, "--connect", "a:1", "--tls-cert", "c"],
      "--tls-cert, --tls-key and --tls-ca are needed together",
    ],
    [
      "an address without a port",
      ["train", job, "--connect", "somewhere"],
      '--connect: found "somewhere"; expected host:port',
    ],
    [
      "a role that is none",
      ["start", "--role", "king"],
      "Allowed choices are manager, scheduler, server, worker.",
    ],
    [
      "a node without its manager",
      ["start", "--role", "server"],
      "--connect: server-0 needs the address of the manager",
    ],
    ["data that cannot be made", impossible, "--nonzeros: expected an integer from 2 to 2, found 100"],
    [
      "a node for everyone",
      ["start", "--role", "manager", "--bind", "0.0.0.0:0"],
      "--bind: listening at 0.0.0.0",
    ],
  ])("%s", async (_why, argv, said) => {
    const { code, stdout, stderr } = await run(...argv);
    expect(stderr).toContain(said);
    expect(stderr).toMatch(/^tauring: /);
    expect(stdout).toBe("");
    expect(code).toBe(said.startsWith("a: ") ? 6 : 2);
  });
});

describe("the environment", () => {
  test("has the limits of the flags", async () => {
    vi.stubEnv("TAURING_SERVERS", "100000");
    const { code, stderr } = await run("train", job, "--world", "sim");
    expect(stderr).toContain("value '100000' from env 'TAURING_SERVERS' is invalid");
    expect(code).toBe(2);
  });

  test("gives options that no flag gives, and a flag is stronger", async () => {
    vi.stubEnv("TAURING_TAU", "none");
    const { code, stderr } = await run("train", "no.yaml");
    expect(stderr).toContain("option '--tau <n>' value 'none' from env 'TAURING_TAU' is invalid");
    expect(code).toBe(2);
    vi.stubEnv("TAURING_SOLVER", "bpg");
    vi.stubEnv("TAURING_TAU", "2");
    expect((await run("train", job, "--tau", "3")).stderr).toContain(
      "tauring: TAURING_SOLVER bpg --tau 3: option",
    );
    expect((await run("train", "no.yaml", "--tau", "3")).stderr).toBe(
      "tauring: no.yaml: there is no such file (ENOENT)\n",
    );
  });

  test("is not passed over in silence where it names no option", async () => {
    vi.stubEnv("TAURING_SERVRES", "3");
    vi.stubEnv("TAURING_ROWS", "9");
    vi.stubEnv("TAURING_DATA_DIR", "/data");
    vi.stubEnv("TAURING_ELEPHANT", "");
    vi.stubEnv("TAURING_CHILD_HEARS_DOORS", "1");
    vi.stubEnv("TAURING_GIRAFFE", "1");
    expect((await run("train", "no.yaml")).stderr.split("\n")).toEqual([
      "tauring: TAURING_SERVRES names no option; did you mean TAURING_SERVERS?",
      "tauring: TAURING_GIRAFFE names no option",
      "tauring: no.yaml: there is no such file (ENOENT)",
      "",
    ]);
  });

  test("every option has its name there", () => {
    for (const path of all) {
      let command = commandTree(() => {});
      for (const name of path) command = command.commands.find((one) => one.name() === name) as Command;
      const longs = command.options.map(({ long }) => long as string);
      for (const long of longs) {
        vi.stubEnv(`TAURING_${long.slice(2).replaceAll("-", "_").toUpperCase()}`, "1");
      }
      let again = commandTree(() => {});
      for (const name of path) again = again.commands.find((one) => one.name() === name) as Command;
      expect(again.options.filter(({ envVar }) => envVar === undefined).map(({ long }) => long)).toEqual([]);
      vi.unstubAllEnvs();
    }
  });

  test("turns a switch on and off, and nothing else", async () => {
    vi.stubEnv("TAURING_JSON", "1");
    expect(JSON.parse((await run("doctor")).stdout)).toMatchObject({ schema_version: 1 });
    for (const off of ["0", ""]) {
      vi.stubEnv("TAURING_JSON", off);
      expect((await run("doctor")).stdout).toMatch(/^ok +node /m);
    }
    vi.stubEnv("TAURING_JSON", "maybe");
    const { code, stderr } = await run("doctor");
    expect([code, stderr]).toEqual([2, 'tauring: TAURING_JSON: found "maybe"; allowed: 1, true, 0, false\n']);
  });
});

describe("files that are broken", () => {
  const write = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  };
  test.each<[why: string, argv: () => readonly string[], said: RegExp]>([
    [
      "a model",
      () => ["evaluate", write("m", "solver_type L1R_LR\nnr_class 3\n"), write("d", "1 1:1\n")],
      /m:\d+(:\d+)?: /,
    ],
    [
      "no model",
      () => ["evaluate", join(folder, "none"), write("d", "1 1:1\n")],
      /none: there is no such file/,
    ],
    [
      "a trace",
      () => ["check", write("t.jsonl", "no trace\n")],
      /t\.jsonl:1: found no trace; expected a header/,
    ],
    [
      "a fact",
      () => ["check", write("t.jsonl", '{"schema":"tauring.trace/1"}\n{"at":1}\n')],
      /t\.jsonl:2 is no fact/,
    ],
    [
      "a fact of no type",
      () => [
        "check",
        write("t.jsonl", '{"schema":"tauring.trace/1"}\n{"at":1,"node":"n","fact":{"typ":"job-ended"}}\n'),
      ],
      /t\.jsonl:2 is no fact/,
    ],
    [
      "a folder without traces",
      () => ["check", mkdtempSync(join(folder, "empty-"))],
      /found nothing; expected traces/,
    ],
    ["a recording", () => ["conform", write("r.rec", "no recording")], /r\.rec is no recording/],
  ])("%s", async (_why, argv, said) => {
    const { code, stdout, stderr } = await run(...argv());
    expect(stderr).toMatch(said);
    expect(stderr).not.toContain("this is a bug");
    expect([code, stdout]).toEqual([6, ""]);
  });
});

test.each([
  [["sim", "run"], "(tauring sim run --help says what it takes)"],
  [["trace", "cat", "t.jsonl", "--from", "soon"], "(tauring trace cat --help says what it takes)"],
  [["launch", "--sevrers", "3"], "(tauring launch --help says what it takes)"],
  [["sim", "rnu"], "(tauring sim --help lists the commands)"],
  [["simm"], "(tauring --help lists the commands)"],
])("a mistake in %j is answered with the help of that command", async (words, hint) => {
  const { code, stderr } = await run(...words);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(hint);
  expect(code).toBe(2);
});

test.each([
  [["launch", "--scenario", "x.yaml", "--servers", "3"], "--servers does not go with --scenario"],
  [["launch", "--seed", "3"], "--seed goes with --scenario"],
  [["sim", "shrink", "99999999999999999999"], "a seed of the swarm is at most 9007199254740991"],
])("what would be passed over in %j is refused", async (words, said) => {
  const { code, stderr } = await run(...words);
  expect(stderr).toContain(said);
  expect(code).toBe(2);
});
