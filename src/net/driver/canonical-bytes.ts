/**
 * Plain data as bytes, the same for equal data whatever the engine did to it: a structured clone writes the number 5
 * in different ways, after what else an object of its shape once held.
 */
import { assert } from "../../core/index.ts";

const growth = 2;

export function canonicalBytes(value: unknown): Uint8Array {
  const writer = new CanonicalWriter();
  writer.write(value);
  return writer.finish();
}

class CanonicalWriter {
  private bytes: Buffer = Buffer.allocUnsafe(4096);
  private size = 0;

  finish(): Uint8Array {
    return this.bytes.subarray(0, this.size);
  }

  write(value: unknown): void {
    if (value === null || value === undefined || typeof value === "boolean") return this.tag(String(value));
    if (typeof value === "number") return this.number(value);
    if (typeof value === "string") return this.text("string", value);
    if (typeof value === "bigint") return this.text("bigint", String(value));
    assert(typeof value === "object", `${typeof value}s are no plain data`);
    if (ArrayBuffer.isView(value)) return this.array(value);
    if (Array.isArray(value)) return this.list("list", value);
    if (value instanceof Map) return this.list("map", [...value]);
    if (value instanceof Set) return this.list("set", [...value]);
    const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    this.list("record", fields);
  }

  private list(kind: string, items: readonly unknown[]): void {
    this.tag(kind);
    this.number(items.length);
    for (const item of items) this.write(item);
  }

  private text(kind: string, text: string): void {
    this.tag(kind);
    this.blob(Buffer.from(text, "utf8"));
  }

  private array(view: ArrayBufferView): void {
    // A Buffer is one way to hold a Uint8Array.
    this.tag(view instanceof Uint8Array ? "Uint8Array" : view.constructor.name);
    this.blob(Buffer.from(view.buffer, view.byteOffset, view.byteLength));
  }

  private blob(bytes: Buffer): void {
    this.number(bytes.length);
    this.reserve(bytes.length);
    bytes.copy(this.bytes, this.size);
    this.size += bytes.length;
  }

  private number(value: number): void {
    this.reserve(9);
    this.size = this.bytes.writeUInt8(numberTag, this.size);
    this.size = this.bytes.writeDoubleLE(value, this.size);
  }

  private tag(name: string): void {
    this.reserve(name.length + 1);
    this.size = this.bytes.writeUInt8(name.length, this.size);
    this.size += this.bytes.write(name, this.size, "latin1");
  }

  private reserve(size: number): void {
    if (this.size + size <= this.bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.bytes.length * growth, this.size + size));
    this.bytes.copy(larger, 0, 0, this.size);
    this.bytes = larger;
  }
}

/** No name is that long. */
const numberTag = 255;
