/**
 * Encoded values on the wire. Sizes follow from the number of keys, the mask and the width, and are not sent: what
 * was decoded is consistent.
 */
import { assert } from "../assert.ts";
import type { EncodedValues, FixedPoint } from "../filters/encoded-values.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldWriter } from "./field-writer.ts";
import { uint32Max } from "./shared-fields.ts";

const widthMax = 65535;

export function writeValues(writer: FieldWriter, values: EncodedValues): void {
  const { count, width, mask, fixed, data } = values;
  assert(width >= 1 && width <= widthMax, `a width of ${width} is in [1, ${widthMax}]`);
  const rows = mask === undefined ? count : maskedRows(mask, count);
  assert(
    data.length === rows * width * (fixed?.bytes ?? 1),
    `${rows} rows of ${width} have ${data.length} values`,
  );
  writer.flag(values.element === "float64");
  writer.varint(count);
  writer.varint(width);
  writer.float64(values.scale);
  writer.varint(values.base);
  writeMask(writer, mask);
  writeMask(writer, values.cleared);
  writer.byte(fixed?.bytes ?? 0);
  if (fixed !== undefined) writeFixedPoint(writer, fixed);
  writer.array(data);
}

export function readValues(reader: FieldReader): EncodedValues {
  const element = reader.flag() ? "float64" : "float32";
  const count = reader.varint("the number of keys", uint32Max);
  const width = reader.varint("a width", widthMax);
  const scale = reader.float64();
  if (width === 0) reader.refuse("a width is at least 1");
  if (!Number.isFinite(scale)) reader.refuse(`a scale is finite, not ${scale}`);
  const base = reader.varint("a base");
  const mask = readMask(reader, count);
  const cleared = readMask(reader, count);
  if (cleared !== undefined && (base === 0 || mask === undefined || meet(mask, cleared))) {
    reader.refuse("cleared rows have a base, and none of them is in the mask");
  }
  const rows = mask === undefined ? count : maskedRows(mask, count);
  const bytes = reader.byte();
  if (bytes > 3) reader.refuse(`fixed point has 1, 2 or 3 bytes, not ${bytes}`);
  const fixed = bytes === 0 ? undefined : readFixedPoint(reader, bytes as 1 | 2 | 3, width, rows);
  const data =
    fixed !== undefined
      ? reader.bytes(rows * width * bytes)
      : element === "float64"
        ? reader.float64s(rows * width)
        : reader.float32s(rows * width);
  return { element, width, count, mask, data, fixed, scale, base, cleared };
}

function writeMask(writer: FieldWriter, mask: Uint8Array | undefined): void {
  writer.flag(mask !== undefined);
  if (mask !== undefined) writer.array(mask);
}

function readMask(reader: FieldReader, count: number): Uint8Array | undefined {
  if (!reader.flag()) return undefined;
  const mask = reader.bytes(Math.ceil(count / 8));
  if (maskedRows(mask, count) < 0) reader.refuse("a mask has bits above its keys");
  return mask;
}

function meet(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if ((a[i] & b[i]) !== 0) return true;
  return false;
}

function writeFixedPoint(writer: FieldWriter, fixed: FixedPoint): void {
  writer.varint(fixed.blocks.length);
  writer.array(fixed.extremes);
  writer.array(fixed.blocks);
  writer.array(fixed.rows);
}

function readFixedPoint(reader: FieldReader, bytes: 1 | 2 | 3, width: number, rowCount: number): FixedPoint {
  const blockCount = reader.varint("the number of key blocks", uint32Max);
  const extremes = reader.float64s(2 * width * blockCount);
  const blocks = reader.uint32s(blockCount);
  const rows = reader.uint32s(blockCount);
  let sum = 0;
  for (let i = 0; i < rows.length; i++) sum += rows[i];
  if (sum !== rowCount) reader.refuse(`the key blocks have ${sum} rows, the values ${rowCount}`);
  for (let i = 1; i < blocks.length; i++) {
    if (blocks[i] <= blocks[i - 1]) reader.refuse(`key block ${blocks[i]} is not above the one before it`);
  }
  return { bytes, blocks, extremes, rows };
}

/** Bits set in the mask, or -1 where it has another size than `count` asks for, or bits above. */
function maskedRows(mask: Uint8Array, count: number): number {
  if (mask.length !== Math.ceil(count / 8)) return -1;
  if ((count & 7) !== 0 && mask[mask.length - 1] >>> (count & 7) !== 0) return -1;
  let rows = 0;
  for (let i = 0; i < mask.length; i++) {
    let bits = mask[i];
    bits -= (bits >> 1) & 0x55;
    bits = (bits & 0x33) + ((bits >> 2) & 0x33);
    rows += (bits + (bits >> 4)) & 0x0f;
  }
  return rows;
}
