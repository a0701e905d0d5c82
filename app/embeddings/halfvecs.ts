// Encodes many vectors in PostgreSQL's binary array format and pgvector's binary halfvec format: parsing is
// twenty times faster than for text, at a fifth of the size. A single vector is sent as text with the
// pgvector package.
const ARRAY_HEAD = 20
const VECTOR_HEAD = 8

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/**
 * Encodes vectors of equal length as a parameter for `$n::halfvec[]`.
 *
 * @param type the oid of halfvec in this database.
 */
export function encodeHalfvecs(vectors: Float32Array[], type: number): Buffer {
  const dimensions = vectors[0]?.length ?? 0
  const size = VECTOR_HEAD + 2 * dimensions
  const buffer = Buffer.allocUnsafe(ARRAY_HEAD + vectors.length * size)
  // Number of dimensions, null flag, element type, number of elements, lower bound.
  const head = [1, 0, type, vectors.length, 1]
  for (const [index, value] of head.entries()) buffer.writeUInt32BE(value, 4 * index)
  for (const [index, vector] of vectors.entries()) {
    const offset = ARRAY_HEAD + index * size
    buffer.writeUInt32BE(size - 4, offset)
    buffer.writeUInt16BE(dimensions, offset + 4)
    buffer.writeUInt16BE(0, offset + 6)
    let place = offset + VECTOR_HEAD
    for (const value of vector) {
      buffer.writeUInt16BE(toHalf(value), place)
      place += 2
    }
  }
  return buffer
}

/** Returns the bits of the nearest half-precision number; ties round away from zero. */
export function toHalf(value: number): number {
  float[0] = value
  const bits32 = bits[0] as number
  const sign = (bits32 >>> 16) & 0x8000
  const exponent = ((bits32 >>> 23) & 0xff) - 112
  const mantissa = bits32 & 0x7fffff
  if (exponent < -10) return sign
  if (exponent > 0) return sign | ((exponent << 10) + ((mantissa + 0x1000) >>> 13))
  const shift = 14 - exponent
  return sign | (((mantissa | 0x800000) + (1 << (shift - 1))) >>> shift)
}
