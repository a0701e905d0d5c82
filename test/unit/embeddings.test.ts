import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillRequests } from '#app/embeddings/fill-requests.ts'
import { toHalf } from '#app/embeddings/halfvecs.ts'
import { checkAnswer } from '#app/embeddings/providers/check-answer.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { retryAfterMs } from '#app/embeddings/providers/openai.ts'
import { outsideHost, resolveProvider } from '#app/embeddings/providers/resolve-provider.ts'
import { embeddingWeight } from '#app/embeddings/providers/weight.ts'
import { BATCH_WEIGHT } from '#app/queues/stages.ts'

const signal = new AbortController().signal

function cosine(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, index) => sum + value * (b[index] as number), 0)
}

describe('the hash provider', () => {
  test('returns a deterministic unit vector for every text', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: 'grapheme', maxLength: 200 }), async (text) => {
        const [vector] = (await hashProvider().embed([text], signal)) as [Float32Array]
        const [again] = (await hashProvider().embed([text], signal)) as [Float32Array]
        expect(vector).toEqual(again)
        expect(vector).toHaveLength(256)
        expect(cosine(vector, vector)).toBeCloseTo(1, 5)
      }),
    )
  })

  test('scores texts with shared words as similar, and more so in the same order', async () => {
    const texts = [
      'the cache forgets entries too early',
      'The cache forgets its entries too early!',
      'early entries too, forgets the cache',
      'rename the button on the settings page',
    ]
    const [text, near, far, other] = (await hashProvider().embed(texts, signal)) as [
      Float32Array,
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    expect(cosine(text, near)).toBeGreaterThan(cosine(text, far))
    expect(cosine(text, far)).toBeGreaterThan(cosine(text, other) + 0.2)
  })

  test('keeps the vectors of its model name: different ones need another space', async () => {
    const words = Array.from({ length: 3000 }, (_, n) => `word${n % 997} über_${n}`)
    const provider = hashProvider()
    const [vector] = (await provider.embed([words.join(' ')], signal)) as [Float32Array]
    expect(provider.model).toBe('hash-1')
    expect(createHash('sha256').update(vector).digest('hex')).toMatch(/^266fe4f2e42ce36a/)
  })
})

const limits = { inputs: 5, tokens: 100, tokensPerInput: 60 }

test('requests contain all inputs in order, within the limits, and none has room for the next input', () => {
  const anyInputs = fc.array(fc.record({ tokens: fc.integer({ min: 0, max: 60 }) }))
  fc.assert(
    fc.property(anyInputs, (inputs) => {
      const requests = fillRequests(inputs, limits)
      expect(requests.flat()).toEqual(inputs)
      const tokensOf = (request: typeof inputs) =>
        request.reduce((sum, { tokens }) => sum + tokens, 0)
      for (const [index, request] of requests.entries()) {
        expect(request.length).toBeLessThanOrEqual(limits.inputs)
        expect(tokensOf(request)).toBeLessThanOrEqual(limits.tokens)
        const [next] = requests[index + 1] ?? []
        if (!next) continue
        const isFull = request.length === limits.inputs
        expect(isFull || tokensOf(request) + next.tokens > limits.tokens).toBe(true)
      }
    }),
  )
})

test('item weights make a full batch one full request', () => {
  expect(embeddingWeight(0, 0)).toBe(1)
  expect(embeddingWeight(2_048, 1_000)).toBe(BATCH_WEIGHT.embedding)
  expect(embeddingWeight(3, 300_000)).toBe(BATCH_WEIGHT.embedding)
  expect(embeddingWeight(10, 1_500)).toBe(164)
})

test('numbers are rounded to the nearest half-precision number', () => {
  const cases: [number, number][] = [
    [0, 0],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [65_504, 0x7bff],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -26, 0],
    [0.99999, 0x3c00],
    [2 ** -14 * (1 - 2 ** -12), 0x0400],
  ]
  for (const [value, half] of cases) expect([value, toHalf(value)]).toEqual([value, half])
})

describe('an answer', () => {
  const good = { index: 0, embedding: [0.6, 0.8] }

  test('with one vector per input is accepted', () => {
    expect(checkAnswer({ data: [good] }, 1, 2)).toEqual([Float32Array.from([0.6, 0.8])])
  })

  test.each<[string, unknown, number]>([
    ['without a list', { data: 'no' }, 1],
    ['of a page of HTML', '<html>', 1],
    ['with a vector missing', { data: [good] }, 2],
    ['with a vector too many', { data: [good, { ...good, index: 1 }] }, 1],
    ['in another order', { data: [{ ...good, index: 1 }, good] }, 2],
    ['without numbers of vectors', { data: [{ embedding: [1, 0] }] }, 1],
    ['with a null', { data: [{ index: 0, embedding: [null, 1] }] }, 1],
    ['with NaN', { data: [{ index: 0, embedding: [Number.NaN, 1] }] }, 1],
    ['with what halfvec cannot hold', { data: [{ index: 0, embedding: [1e30, 1] }] }, 1],
    ['with an entry that is none', { data: [null] }, 1],
    ['without direction', { data: [{ index: 0, embedding: [0, 0] }] }, 1],
    ['with one of another length', { data: [good, { index: 1, embedding: [1] }] }, 2],
  ])('%s is rejected', (_, answer, inputs) => {
    expect(() => checkAnswer(answer, inputs, 2)).toThrow(
      expect.objectContaining({ name: 'BrokenAnswerError' }),
    )
  })

  test('with vectors of another length is a configuration error with a hint', () => {
    expect(() => checkAnswer({ data: [good] }, 1, 3)).toThrow('Set EMBEDDING_DIMENSIONS to 2')
  })
})

test('the retry delay is parsed in every format', () => {
  const waits: Record<string, string>[] = [
    { 'retry-after-ms': '20' },
    { 'retry-after': '2' },
    { 'retry-after': 'soon' },
    {},
  ]
  expect(waits.map((headers) => retryAfterMs(new Headers(headers)))).toEqual([
    20,
    2_000,
    null,
    null,
  ])
  const date = new Date(Date.now() + 60_000).toUTCString()
  expect(retryAfterMs(new Headers({ 'retry-after': date }))).toBeGreaterThan(50_000)
})

describe('the configured provider', () => {
  test.each([
    [{ EMBEDDING_PROVIDER: 'auto' }, ['hash', 'hash-1', 256]],
    [{ EMBEDDING_PROVIDER: 'hash', EMBEDDING_DIMENSIONS: 64 }, ['hash', 'hash-1', 64]],
    [
      { EMBEDDING_PROVIDER: 'auto', OPENAI_API_KEY: 'k' },
      ['openai', 'text-embedding-3-small', 1536],
    ],
    [
      {
        EMBEDDING_PROVIDER: 'auto',
        OPENAI_BASE_URL: 'http://localhost/v1',
        EMBEDDING_DIMENSIONS: 8,
      },
      ['openai', 'text-embedding-3-small', 8],
    ],
  ] as const)('for %j is %j', (config, expected) => {
    const provider = resolveProvider(config as Parameters<typeof resolveProvider>[0])
    expect([provider?.provider, provider?.model, provider?.dimensions]).toEqual(expected)
  })

  test('is null for none, and an incomplete configuration is rejected with the missing variable', () => {
    const none = { EMBEDDING_PROVIDER: 'none', OPENAI_API_KEY: 'k' } as const
    expect(resolveProvider(none as Parameters<typeof resolveProvider>[0])).toBeNull()
    const lacks = (config: object) => () =>
      resolveProvider({ EMBEDDING_PROVIDER: 'openai', ...config } as never)
    expect(lacks({})).toThrow('neither OPENAI_API_KEY nor OPENAI_BASE_URL')
    expect(lacks({ OPENAI_API_KEY: 'k', EMBEDDING_MODEL: 'other' })).toThrow('is not known')
  })
})

test.each([
  [{}, null],
  [{ OPENAI_API_KEY: 'k' }, 'api.openai.com'],
  [{ OPENAI_BASE_URL: 'https://models.example/v1' }, 'models.example'],
  [{ OPENAI_BASE_URL: 'http://127.0.0.1:11434/v1' }, null],
  [{ OPENAI_BASE_URL: 'http://embeddings/v1' }, null],
  [{ OPENAI_BASE_URL: 'http://10.0.0.9/v1', OPENAI_API_KEY: 'k' }, null],
  [{ OPENAI_API_KEY: 'k', EMBEDDING_PROVIDER: 'hash' as const }, null],
])('the host to which texts leave the own network, of %o: %s', (config, host) => {
  expect(outsideHost({ EMBEDDING_PROVIDER: 'auto', ...config })).toBe(host)
})
