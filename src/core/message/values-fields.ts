/**
 * Encoded values on the wire. Sizes follow from the number of keys, the mask and the width, and are not sent: they
 * cannot lie.
 */
import { assert } from "../assert.ts";
import { checkEncoded } from "../filters/check-encoded.ts";
import type { EncodedValues, FixedPoint } from "../filters/encoded-values.ts";
import { bitsBefore, maskBytes } from "../filters/row-mask.ts";
import type { FieldReader } from "./field-reader.ts";
import type { FieldWriter } from "./field-writer.ts";
import { keyCountMax, uint32Max } from "./shared-fields.ts";

const widthMax = 65535;

export function writeValues(writer: FieldWriter, values: EncodedValues): void {
  const { fixed } = values;
  const reason = checkEncoded(values);
  assert(reason === undefined, () => `values are sent as a receiver takes them, not ${reason}`);
  assert(values.width <= widthMax, () => `a width of ${values.width} is at most ${widthMax}`);
  writer.flag(values.element === "float64");
  writer.varint(values.count);
  writer.varint(values.width);
  writer.float64(values.scale);
  writer.varint(values.base);
  writeMask(writer, values.mask);
  writeMask(writer, values.cleared);
  writer.byte(fixed?.bytes ?? 0);
  if (fixed !== undefined) writeFixedPoint(writer, fixed);
  writer.array(values.data);
}

export function readValues(reader: FieldReader): EncodedValues {
  const element = reader.flag() ? "float64" : "float32";
  const count = reader.varint("the number of keys", keyCountMax);
  const width = reader.varint("a width", widthMax);
  const scale = reader.float64();
  const base = reader.varint("a base");
  const mask = readMask(reader, count);
  const cleared = readMask(reader, count);
  const bytes = reader.byte();
  if (bytes > 3) reader.refuse(`fixed point has 1, 2 or 3 bytes, not ${bytes}`);
  const fixed = bytes === 0 ? undefined : readFixedPoint(reader, bytes as 1 | 2 | 3, width);
  const size =
    reader.failure === undefined ? width * (mask === undefined ? count : bitsBefore(mask, count)) : 0;
  const data =
    fixed !== undefined
      ? reader.bytes(size * bytes)
      : element === "float64"
        ? reader.float64s(size)
        : reader.float32s(size);
  const values = { element, width, count, mask, data, fixed, scale, base, cleared } as const;
  const reason = reader.failure === undefined ? checkEncoded(values) : undefined;
  if (reason !== undefined) reader.refuse(reason);
  return values;
}

function writeMask(writer: FieldWriter, mask: Uint8Array | undefined): void {
  writer.flag(mask !== undefined);
  if (mask !== undefined) writer.array(mask);
}

function readMask(reader: FieldReader, count: number): Uint8Array | undefined {
  return reader.flag() ? reader.bytes(maskBytes(count)) : undefined;
}

function writeFixedPoint(writer: FieldWriter, fixed: FixedPoint): void {
  writer.varint(fixed.blocks.length);
  writer.array(fixed.extremes);
  writer.array(fixed.blocks);
  writer.array(fixed.rows);
}

function readFixedPoint(reader: FieldReader, bytes: 1 | 2 | 3, width: number): FixedPoint {
  const blockCount = reader.varint("the number of key blocks", uint32Max);
  const extremes = reader.float64s(2 * width * blockCount);
  return { bytes, blocks: reader.uint32s(blockCount), extremes, rows: reader.uint32s(blockCount) };
}
