/**
 * The binary form of a Postgres array of one dimension without NULLs (`array_recv` in `arrayfuncs.c`): what follows a
 * header is the length and the bytes of each element. Its text costs Postgres three times as much to read. The driver sends a
 * Buffer as it is.
 */
function binaryArray<T>({ oid, size, write }: ElementType<T>, elements: readonly T[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER + elements.length * (4 + size));
  for (const [i, word] of [1, 0, oid, elements.length, 1].entries()) buffer.writeInt32BE(word, i * 4);
  let at = HEADER;
  for (const element of elements) {
    buffer.writeInt32BE(size, at);
    write(buffer, element, at + 4);
    at += 4 + size;
  }
  return buffer;
}

/** Dimensions, whether there are NULLs, type of the elements, and their number and the first index of the one dimension. */
const HEADER = 5 * 4;

/** A type of a fixed size, in bytes, by its number in `pg_type.dat`. */
interface ElementType<T> {
  readonly oid: number;
  readonly size: number;
  write(buffer: Buffer, value: T, at: number): void;
}

/** Of UUIDs as text: 32 hexadecimal digits, and dashes between. */
export const uuidArray = (elements: readonly string[]): Buffer => binaryArray(UUID, elements);

/** Of integers that are safe. */
export const int8Array = (elements: readonly number[]): Buffer => binaryArray(INT8, elements);

export const float8Array = (elements: readonly number[]): Buffer => binaryArray(FLOAT8, elements);

const UUID: ElementType<string> = {
  oid: 2950,
  size: 16,
  write(buffer, text, at) {
    let digits = 0;
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === DASH) continue;
      // Of ASCII, the low four bits of a digit are its value, and those of a letter one more than its place in the alphabet.
      const value = unit < LETTERS ? unit & 15 : (unit & 15) + 9;
      const byte = at + (digits >> 1);
      buffer[byte] = (digits & 1) === 0 ? value << 4 : (buffer[byte] as number) | value;
      digits++;
    }
  },
};
const DASH = 0x2d;
const LETTERS = 0x41;

const INT8: ElementType<number> = {
  oid: 20,
  size: 8,
  write(buffer, value, at) {
    buffer.writeInt32BE(Math.floor(value / 2 ** 32), at);
    buffer.writeUInt32BE(value - Math.floor(value / 2 ** 32) * 2 ** 32, at + 4);
  },
};

const FLOAT8: ElementType<number> = {
  oid: 701,
  size: 8,
  write: (buffer, value, at) => void buffer.writeDoubleBE(value, at),
};
