import { FatalError } from '#app/config/errors.server.ts'
import { BrokenAnswerError } from './errors.ts'

// Largest finite value of a halfvec.
const MAX_VALUE = 65_504

/**
 * Returns the vectors of an answer from OpenAI's API.
 *
 * @throws BrokenAnswerError unless the answer has exactly one vector of finite numbers per input, in order.
 * @throws FatalError if all vectors have another length, which is a property of the model.
 */
export function checkAnswer(answer: unknown, inputs: number, dimensions: number): Float32Array[] {
  const data = (answer as { data?: unknown } | null)?.data
  if (!Array.isArray(data)) throw new BrokenAnswerError('The answer has no list of vectors')
  if (data.length !== inputs)
    throw new BrokenAnswerError(`The answer has ${data.length} vectors for ${inputs} inputs`)
  const vectors = data.map(readVector)
  const lengths = new Set(vectors.map((vector) => vector.length))
  const [length] = lengths
  if (length !== dimensions && lengths.size === 1)
    throw new FatalError(
      `The provider's vectors have ${length} values instead of ${dimensions}. Set EMBEDDING_DIMENSIONS to ${length}, or correct EMBEDDING_MODEL.`,
    )
  const wrong = vectors.findIndex((vector) => vector.length !== dimensions)
  if (wrong >= 0)
    throw new BrokenAnswerError(
      `Vector ${wrong} has ${vectors[wrong]?.length} values instead of ${dimensions}`,
    )
  return vectors
}

function readVector(entry: unknown, index: number): Float32Array {
  const { index: at, embedding } = (entry ?? {}) as { index?: unknown; embedding?: unknown }
  if (at !== index) throw new BrokenAnswerError(`Vector ${index} has the index ${at}`)
  if (!Array.isArray(embedding)) throw new BrokenAnswerError(`Vector ${index} is not a list`)
  let squares = 0
  for (const value of embedding) {
    if (typeof value !== 'number' || !(Math.abs(value) <= MAX_VALUE))
      throw new BrokenAnswerError(`Vector ${index} has a value that is not a finite number`)
    squares += value * value
  }
  if (squares === 0) throw new BrokenAnswerError(`Vector ${index} is all zeros`)
  return Float32Array.from(embedding)
}
