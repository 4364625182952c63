/**
 * The embedded registry on disk: a line for all entries that are written at once, with its checksum, appended and synced
 * before anyone hears of them. A line is torn only at the end, where a crash cut it off; it was not answered then, and
 * is dropped. Were the entries lines of their own, a disk that writes the second one first would leave a hole.
 *
 *   <crc32 of the text, 8 hexadecimal digits> <JSON text>\n
 */
import { type FileHandle, open, readFile, rename } from "node:fs/promises";
import path from "node:path";
import { crc32 } from "node:zlib";
import { type Micros, RegistryModel, type RegistryRequest, micros } from "../../core/index.ts";
import { makeFolder } from "../folders.ts";

export type RegistryEntry =
  | { readonly type: "snapshot"; readonly text: string }
  | { readonly type: "request"; readonly request: RegistryRequest };

/** Above this the file is replaced by one snapshot. */
const compactAboveBytes = 8 * 1024 * 1024;
const crcDigits = 8;

export interface OpenedFile {
  readonly file: RegistryFile;
  readonly model: RegistryModel;
  /** At the end, of a line that a crash cut off. */
  readonly droppedBytes: number;
}

export class RegistryFile {
  private readonly filePath: string;
  private handle: FileHandle;
  private bytes: number;
  private baseBytes: number;

  private constructor(filePath: string, handle: FileHandle, bytes: number) {
    this.filePath = filePath;
    this.handle = handle;
    this.bytes = bytes;
    this.baseBytes = bytes;
  }

  /** Opens or makes the file, and the registry that it holds; its leases are renewed at `now`. */
  static async open(filePath: string, now: Micros): Promise<OpenedFile> {
    // Each new folder is durable once the one around it is.
    for (const made of makeFolder(path.dirname(filePath))) await syncFolder(made);
    const content = await readIfThere(filePath);
    const { entries, goodBytes } = readEntries(content, filePath);
    const model = replay(entries, now, filePath);
    const handle = await open(filePath, "a", 0o600);
    if (goodBytes < content.length) await handle.truncate(goodBytes);
    await handle.sync();
    await syncFolder(filePath);
    const file = new RegistryFile(filePath, handle, goodBytes);
    return { file, model, droppedBytes: content.length - goodBytes };
  }

  get needsCompaction(): boolean {
    return this.bytes > compactAboveBytes && this.bytes > 2 * this.baseBytes;
  }

  /** Resolves when the entries are durable. */
  async append(entries: readonly RegistryEntry[]): Promise<void> {
    const bytes = Buffer.from(lineOf(entries), "utf8");
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.handle.write(bytes, at, bytes.length - at);
      at += bytesWritten;
    }
    await this.handle.datasync();
    this.bytes += bytes.length;
  }

  /** Replaces all entries by one snapshot; a crash leaves the old file or the new one. */
  async compact(snapshot: string): Promise<void> {
    const temporary = `${this.filePath}.new`;
    const line = Buffer.from(lineOf([{ type: "snapshot", text: snapshot }]), "utf8");
    const handle = await open(temporary, "w", 0o600);
    await handle.writeFile(line);
    await handle.sync();
    await handle.close();
    await rename(temporary, this.filePath);
    await syncFolder(this.filePath);
    const old = this.handle;
    this.handle = await open(this.filePath, "a", 0o600);
    await old.close();
    this.bytes = line.length;
    this.baseBytes = line.length;
  }

  async close(): Promise<void> {
    await this.handle.close();
  }
}

function lineOf(entries: readonly RegistryEntry[]): string {
  const text = JSON.stringify(entries);
  return `${checksum(text)} ${text}\n`;
}

function checksum(text: string): string {
  return crc32(text).toString(16).padStart(crcDigits, "0");
}

function readEntries(
  content: Buffer,
  filePath: string,
): { readonly entries: readonly RegistryEntry[]; readonly goodBytes: number } {
  const entries: RegistryEntry[] = [];
  let goodBytes = content.length;
  for (let begin = 0; begin < content.length; ) {
    const newline = content.indexOf(0x0a, begin);
    const end = newline === -1 ? content.length : newline;
    const line = newline === -1 ? undefined : readLine(content.toString("utf8", begin, end));
    if (line === undefined) goodBytes = Math.min(goodBytes, begin);
    else if (goodBytes < begin) {
      throw new Error(
        `the registry file ${filePath} is damaged at byte ${goodBytes}, before good entries: restore it from a copy`,
      );
    } else entries.push(...line);
    begin = end + 1;
  }
  return { entries, goodBytes };
}

function readLine(line: string): readonly RegistryEntry[] | undefined {
  const text = line.slice(crcDigits + 1);
  if (line.slice(0, crcDigits + 1) !== `${checksum(text)} `) return undefined;
  return JSON.parse(text) as readonly RegistryEntry[];
}

/** Time stands still while entries are replayed, so that no lease ends but by an entry. */
function replay(entries: readonly RegistryEntry[], now: Micros, filePath: string): RegistryModel {
  const begin = micros(0);
  let model: RegistryModel = new RegistryModel();
  for (const entry of entries) {
    if (entry.type === "request") model.apply(entry.request, begin);
    else model = restored(entry.text, begin, filePath);
  }
  return restored(model.snapshot(), now, filePath);
}

function restored(text: string, now: Micros, filePath: string): RegistryModel {
  const model = RegistryModel.restore(text, now);
  if (typeof model === "string") throw new Error(`the registry file ${filePath} cannot be used: ${model}`);
  return model;
}

async function readIfThere(filePath: string): Promise<Buffer> {
  try {
    return await readFile(filePath);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw new Error(`the registry file ${filePath} cannot be read: ${(error as Error).message}`);
  }
}

/** A rename, a new file or a new folder is durable once the folder around it is. */
async function syncFolder(entryPath: string): Promise<void> {
  const folder = await open(path.dirname(entryPath), "r");
  await folder.sync();
  await folder.close();
}
