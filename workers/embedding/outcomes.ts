import { FatalError } from '#app/config/errors.server.ts'
import type { EmbeddingResult } from '#app/embeddings/embed-passages.ts'
import { ProviderUnavailableError } from '#app/embeddings/providers/errors.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import type { ClaimedItem, Outcome } from '#app/ledger/work-items.ts'
import type { Work } from './load-work.ts'

/**
 * Returns the outcome of each item. An item is done once all its passages have vectors, independent of the
 * other items of the batch. While one of its passages waits for the provider or for a fuller request,
 * rejected passages are not reported yet.
 */
export function outcomesOf(
  items: ClaimedItem[],
  { passages: work, cut }: Work,
  result: EmbeddingResult,
): Outcome[] {
  const { refused, stopped, rest } = result
  return work.map((passages, index) => {
    if (stopped && passages.some(({ id }) => stopped.left.has(id))) return waitFor(stopped.error)
    const left = passages.flatMap(({ id }) => rest.get(id) ?? [])
    if (left.length > 0) return { state: 'again', weight: workWeight(left) }
    const bad = passages.filter(({ id }) => refused.has(id))
    // Refused ones come first again: only those that were embedded make way for others.
    const goesOn = passages.length === 0 || bad.length < passages.length
    if (cut[index] && goesOn) return againOf(items[index] as ClaimedItem)
    const [first] = bad
    if (!first) return { state: 'done' }
    const more = bad.length > 1 ? ` (and ${bad.length - 1} more passages)` : ''
    const subject = `passage of ${first.subject}`
    return { state: 'gap', subject, message: `${refused.get(first.id)}${more}` }
  })
}

function againOf({ weight }: ClaimedItem): Outcome {
  return { state: 'again', weight }
}

function workWeight(left: { inputs: number; tokens: number }[]): number {
  const inputs = left.reduce((sum, one) => sum + one.inputs, 0)
  return embeddingWeight(
    inputs,
    left.reduce((sum, one) => sum + one.tokens, 0),
  )
}

function waitFor(error: Error): Outcome {
  const { message } = error
  if (error instanceof ProviderUnavailableError)
    return {
      state: 'snooze',
      until: error.until,
      reason: 'provider',
      message: 'the embedding provider cannot take requests at the moment',
      detail: message,
    }
  return { state: error instanceof FatalError ? 'failed' : 'retry', message }
}
