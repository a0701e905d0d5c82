import { BATCH_WEIGHT } from '#app/queues/stages.ts'

/** What one request to OpenAI takes at most. */
export const OPENAI_LIMITS = { inputs: 2_048, tokens: 300_000, tokensPerInput: 8_192 } as const

const PER_INPUT = BATCH_WEIGHT.embedding / OPENAI_LIMITS.inputs

/**
 * What an item of the embedding stage weighs, so that a batch of `BATCH_WEIGHT.embedding` fills one
 * request, whichever of its limits is nearer. An input weighs 16: a pull request has few, and what is
 * rounded up of each would be much of a batch.
 *
 * @param inputs the passages that have no vector yet. @param tokens of all of them.
 */
export function embeddingWeight(inputs: number, tokens: number): number {
  return Math.max(
    inputs * PER_INPUT,
    Math.ceil((tokens * BATCH_WEIGHT.embedding) / OPENAI_LIMITS.tokens),
    1,
  )
}
