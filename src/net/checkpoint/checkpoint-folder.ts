/**
 * A folder that keeps checkpoints, the same for every node: on one machine, or on a file system that they share.
 *
 *   FOLDER/<checkpoint>/<part>.part       as src/core/checkpoint/part.ts says
 *   FOLDER/<checkpoint>/manifest.json     a line of JSON, and a line `sha256 <of the first>`; it is written last
 *
 * Each file is written beside its place, made durable, and only then given its name, so that a file that is there is whole.
 */
import { createHash, randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import {
  type CheckpointAnswer,
  type CheckpointRequest,
  isCheckpointName,
  type Written,
} from "../../core/index.ts";
import { writeHelp } from "./write-help.ts";

export const manifestName = "manifest.json";
/** A manifest names at most so many parts that it is never larger; whatever is has another origin. */
const manifestBytesMax = 512 * 1024 * 1024;

export class CheckpointFolder {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** Never rejects: what cannot be done is answered by its reason. */
  async execute(request: CheckpointRequest): Promise<CheckpointAnswer> {
    try {
      return await this.perform(request);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (request.type.startsWith("read-")) return { type: "unreadable", reason };
      return failed(`${reason} (${writeHelp(error, this.folder)})`);
    }
  }

  /** Those that have a manifest, whole or not, in the order of their names. */
  async names(): Promise<readonly string[]> {
    const found: string[] = [];
    for (const entry of await readdir(this.folder, { withFileTypes: true })) {
      if (!entry.isDirectory() || !isCheckpointName(entry.name)) continue;
      const manifest = await stat(path.join(this.folder, entry.name, manifestName)).catch(() => undefined);
      if (manifest?.isFile() === true) found.push(entry.name);
    }
    return found.sort();
  }

  private async perform(request: CheckpointRequest): Promise<CheckpointAnswer> {
    switch (request.type) {
      case "write-part":
        return {
          type: "written",
          ...(await this.write(request.checkpoint, `${this.checkedName(request.part)}.part`, request.bytes)),
        };
      case "link-part":
        await this.link(request);
        return { type: "done" };
      case "write-manifest": {
        const sum = sha256(Buffer.from(request.text));
        await this.write(request.checkpoint, manifestName, Buffer.from(`${request.text}\nsha256 ${sum}\n`));
        return { type: "done" };
      }
      case "read-manifest":
        return this.readManifest(request.checkpoint);
      case "read-part":
        return this.readPart(request);
      case "remove":
        for (const name of request.checkpoints) await this.remove(name);
        return { type: "done" };
      default:
        throw new Error(`Invariant: no such request: ${JSON.stringify(request satisfies never)}`);
    }
  }

  private async write(checkpoint: string, name: string, bytes: Uint8Array): Promise<Written> {
    const folder = await this.made(checkpoint);
    await makeDurable(this.folder);
    const temporary = path.join(folder, `${name}.${randomUUID()}.tmp`);
    try {
      const file = await open(temporary, "wx");
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(temporary, path.join(folder, name));
    } catch (error) {
      await rm(temporary, { force: true });
      throw error;
    }
    await makeDurable(folder);
    return { bytes: bytes.length, sha256: sha256(bytes) };
  }

  private async made(checkpoint: string): Promise<string> {
    const folder = this.pathOf(checkpoint);
    await mkdir(this.folder, { recursive: true });
    // Asked for its parents as well, the engine says of a file system that is read-only that there is no such folder.
    await mkdir(folder).catch((error: unknown) => {
      if ((error as { readonly code?: string }).code !== "EEXIST") throw error;
    });
    return folder;
  }

  /** One file under both names: it is kept until both are removed. */
  private async link({
    checkpoint,
    part,
    from,
  }: Extract<CheckpointRequest, { readonly type: "link-part" }>): Promise<void> {
    const file = `${this.checkedName(part)}.part`;
    const folder = await this.made(checkpoint);
    await link(path.join(this.pathOf(from), file), path.join(folder, file)).catch((error: unknown) => {
      if ((error as { readonly code?: string }).code !== "EEXIST") throw error;
    });
    await makeDurable(folder);
  }

  private async readManifest(checkpoint: string): Promise<CheckpointAnswer> {
    const file = path.join(this.pathOf(checkpoint), manifestName);
    const size = await sizeOf(file);
    if (size === undefined)
      return failed(`there is no ${file}: it was never finished, or it is in another folder`);
    if (size > manifestBytesMax) return failed(`${file} has ${size} bytes, and is no manifest`);
    const text = await readFile(file, "utf8");
    const [line, sum, rest] = text.split("\n", 3);
    if (sum === undefined || rest !== "")
      return failed(`${file} is cut short, or is no manifest: an older checkpoint would do`);
    if (sum !== `sha256 ${sha256(Buffer.from(line))}` || text.length !== line.length + sum.length + 2) {
      return failed(`${file} is damaged, its checksum is not the one it names: an older checkpoint would do`);
    }
    return { type: "read-manifest", text: line };
  }

  private async readPart({
    checkpoint,
    part,
    written,
  }: Extract<CheckpointRequest, { readonly type: "read-part" }>): Promise<CheckpointAnswer> {
    const file = path.join(this.pathOf(checkpoint), `${this.checkedName(part)}.part`);
    const size = await sizeOf(file);
    if (size === undefined) return failed(`${file} is missing: an older checkpoint would do`);
    if (size !== written.bytes) {
      return failed(
        `${file} has ${size} bytes, where its manifest says ${written.bytes}: an older checkpoint would do`,
      );
    }
    const bytes = new Uint8Array(await readFile(file));
    if (sha256(bytes) === written.sha256) return { type: "read-part", bytes };
    return failed(`${file} is damaged, its checksum is not the manifest's: an older checkpoint would do`);
  }

  /** The manifest goes first: what is left of it is no checkpoint. */
  private async remove(checkpoint: string): Promise<void> {
    const folder = this.pathOf(checkpoint);
    await rm(path.join(folder, manifestName), { force: true });
    await rm(folder, { recursive: true, force: true });
  }

  private pathOf(checkpoint: string): string {
    return path.join(this.folder, this.checkedName(checkpoint));
  }

  /** No name leads out of the folder. */
  private checkedName(name: string): string {
    if (!isCheckpointName(name))
      throw new Error(`${JSON.stringify(name)} is not the name of a checkpoint or a part`);
    return name;
  }
}

/** Makes a name in the folder survive a power failure, where the system can. */
async function makeDurable(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  try {
    await handle?.sync().catch(() => undefined);
  } finally {
    await handle?.close();
  }
}

/** Undefined: there is none. Any other error is thrown: the file may be there, and whole. */
async function sizeOf(file: string): Promise<number | undefined> {
  try {
    return (await stat(file)).size;
  } catch (error) {
    const { code } = error as { readonly code?: string };
    if (code === "ENOENT" || code === "ENOTDIR") return undefined;
    throw error;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function failed(reason: string): CheckpointAnswer {
  return { type: "failed", reason };
}
