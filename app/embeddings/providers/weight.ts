import { BATCH_WEIGHT } from '#app/queues/stages.ts'

/** Limits of one request to OpenAI. */
export const OPENAI_LIMITS = { inputs: 2_048, tokens: 300_000, tokensPerInput: 8_192 } as const

const PER_INPUT = BATCH_WEIGHT.embedding / OPENAI_LIMITS.inputs

/**
 * Returns the weight of a work item of the embedding stage. A batch of `BATCH_WEIGHT.embedding` fills one
 * request, whichever of its limits is reached first. An input weighs 16, because a pull request has few
 * inputs and rounding each item up would waste much of a batch.
 *
 * @param inputs the number of passages without a vector.
 * @param tokens the total tokens of those passages.
 */
export function embeddingWeight(inputs: number, tokens: number): number {
  return Math.max(
    inputs * PER_INPUT,
    Math.ceil((tokens * BATCH_WEIGHT.embedding) / OPENAI_LIMITS.tokens),
    1,
  )
}
