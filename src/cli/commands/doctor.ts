/** `tauring doctor`: can this machine run tauring, and what would help where it cannot? */
import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { exitCodes } from "../exit.ts";
import { print, printJson } from "../output.ts";

interface Finding {
  readonly name: string;
  readonly status: "ok" | "warning" | "failed";
  readonly found: string;
  /** What would help; empty where nothing is wrong. */
  readonly help: string;
}

const nodeMin: readonly [number, number] = [20, 19];
const descriptorsMin = 1024;

export async function doctor(options: { readonly json?: boolean }): Promise<number> {
  const findings = [node(), await snappy(), await loopback(), disk(), descriptors(), openssl(), machine()];
  const isOk = findings.every(({ status }) => status !== "failed");
  if (options.json === true) printJson({ schema_version: 1, ok: isOk, findings });
  else {
    for (const { name, status, found, help } of findings) {
      print(`${status.padEnd(8)} ${name.padEnd(17)} ${found}${help === "" ? "" : `: ${help}`}`);
    }
  }
  return isOk ? exitCodes.success : exitCodes.violated;
}

function node(): Finding {
  const [major, minor] = process.versions.node.split(".").map(Number);
  const isNew = major > nodeMin[0] || (major === nodeMin[0] && minor >= nodeMin[1]);
  const help = isNew ? "" : `install Node ${nodeMin.join(".")} or later`;
  return { name: "node", status: isNew ? "ok" : "failed", found: process.version, help };
}

async function snappy(): Promise<Finding> {
  try {
    const { snappyCompressor } = await import("../../net/index.ts");
    const bytes = new Uint8Array(4096);
    const isSame =
      snappyCompressor.uncompress(snappyCompressor.compress(bytes), bytes.length).length === bytes.length;
    return {
      name: "snappy",
      status: isSame ? "ok" : "failed",
      found: isSame ? "loads and works" : "loads, but does not round-trip",
      help: isSame ? "" : "run npm ci again",
    };
  } catch (error) {
    const found = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return {
      name: "snappy",
      status: "failed",
      found,
      help: "run npm ci on this machine: its binary is a package of its own",
    };
  }
}

function loopback(): Promise<Finding> {
  return new Promise((resolve) => {
    const server = createServer();
    server.on("error", (error) => {
      resolve({
        name: "loopback",
        status: "failed",
        found: error.message,
        help: "127.0.0.1 must accept connections",
      });
    });
    server.listen(0, "127.0.0.1", () => {
      server.close(() =>
        resolve({ name: "loopback", status: "ok", found: "127.0.0.1 has free ports", help: "" }),
      );
    });
  });
}

function disk(): Finding {
  const folder = mkdtempSync(join(tmpdir(), "tauring-doctor-"));
  try {
    const descriptor = openSync(join(folder, "probe"), "w");
    const started = process.hrtime.bigint();
    writeSync(descriptor, new Uint8Array(4096));
    fsyncSync(descriptor);
    const millis = Number(process.hrtime.bigint() - started) / 1e6;
    closeSync(descriptor);
    const isSlow = millis > 100;
    const help = isSlow
      ? "the embedded registry waits for it at every change: keep its --registry folder on a faster disk"
      : "";
    return {
      name: "disk",
      status: isSlow ? "warning" : "ok",
      found: `4 KB synced in ${millis.toFixed(1)} ms`,
      help,
    };
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return { name: "disk", status: "failed", found, help: `${tmpdir()} must be writable` };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function descriptors(): Finding {
  const report = process.report?.getReport() as
    | { userLimits?: { open_files?: { soft?: number | string } } }
    | undefined;
  const soft = report?.userLimits?.open_files?.soft;
  const limit = soft === "unlimited" ? Number.POSITIVE_INFINITY : Number(soft ?? Number.NaN);
  const isEnough = !(limit < descriptorsMin);
  return {
    name: "file descriptors",
    status: isEnough ? "ok" : "warning",
    found: String(soft ?? "unknown"),
    help: isEnough ? "" : `raise the limit to ${descriptorsMin} (ulimit -n) for clusters of many nodes`,
  };
}

function openssl(): Finding {
  try {
    const found = execFileSync("openssl", ["version"], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    })
      .trim()
      .replace(/ \(.*\)$/, "");
    return { name: "openssl", status: "ok", found, help: "" };
  } catch {
    return { name: "openssl", status: "warning", found: "not found", help: "only tauring cert needs it" };
  }
}

function machine(): Finding {
  const found = `${availableParallelism()} cores, ${(totalmem() / 2 ** 30).toFixed(1)} GiB`;
  const isSmall = availableParallelism() < 2;
  const help = isSmall ? "a local cluster shares them: expect it to be slow" : "";
  return { name: "machine", status: isSmall ? "warning" : "ok", found, help };
}
