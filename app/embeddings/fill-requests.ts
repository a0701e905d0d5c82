import type { EmbeddingProvider } from './providers/provider.ts'

/**
 * Packs inputs, in order, into as few requests as the limits allow. Each request is filled before the next
 * one starts, across the boundaries of pull requests.
 */
export function fillRequests<T extends { tokens: number }>(
  inputs: T[],
  limits: EmbeddingProvider['limits'],
): T[][] {
  const requests: T[][] = []
  let current: T[] = []
  let tokens = 0
  for (const input of inputs) {
    const isFull = current.length >= limits.inputs || tokens + input.tokens > limits.tokens
    if (isFull && current.length > 0) {
      requests.push(current)
      current = []
      tokens = 0
    }
    current.push(input)
    tokens += input.tokens
  }
  if (current.length > 0) requests.push(current)
  return requests
}
