import { inspect } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openaiProvider } from '#app/embeddings/providers/openai.ts'
import { makeVector, startOpenaiStandIn, type Trouble } from '../openai/stand-in.ts'

const KEY = 'a-key-that-nobody-may-see'
const signal = new AbortController().signal

let standIn: Awaited<ReturnType<typeof startOpenaiStandIn>>
beforeAll(async () => {
  standIn = await startOpenaiStandIn(8)
})
afterAll(() => standIn.close())
beforeEach(() => {
  standIn.requests.length = 0
  standIn.troubles.length = 0
})

function open(options: Partial<Parameters<typeof openaiProvider>[0]> = {}) {
  return openaiProvider({
    apiKey: KEY,
    baseUrl: standIn.url,
    model: 'a-model',
    dimensions: 8,
    requestedDimensions: null,
    outside: null,
    deadlineMs: 5_000,
    ...options,
  })
}

async function failureOf(work: Promise<unknown>): Promise<Error & { until?: Date }> {
  return work.then(
    () => expect.fail('it was to be refused'),
    (error: Error) => error,
  )
}

describe('a request', () => {
  test('asks for floats, and sends dimensions only if configured', async () => {
    const texts = ['one', 'two']
    expect(await open().embed(texts, signal)).toEqual(
      texts.map((text) => Float32Array.from(makeVector(text, 8))),
    )
    await open({ requestedDimensions: 4, dimensions: 4 }).embed(texts, signal)
    expect(standIn.requests.map(({ fields }) => fields)).toEqual([
      { input: texts, model: 'a-model', encoding_format: 'float' },
      { input: texts, model: 'a-model', encoding_format: 'float', dimensions: 4 },
    ])
  })

  test('masks secrets in texts that leave the own network', async () => {
    const text = `token ghp_${'a1B2'.repeat(9)} of https://mira:hunter2@example.com`
    await open({ outside: 'models.example' }).embed([text], signal)
    await open().embed([text], signal)
    expect(standIn.requests.map(({ inputs }) => inputs)).toEqual([
      ['token [secret] of https://mira:[secret]@example.com'],
      [text],
    ])
  })

  test('sends the key if there is one', async () => {
    await open().embed(['a'], signal)
    await open({ apiKey: undefined }).embed(['a'], signal)
    expect(standIn.requests.map((request) => request.authorization)).toEqual([
      `Bearer ${KEY}`,
      null,
    ])
  })
})

describe('a failure', () => {
  test.each<[Trouble, string]>([
    [{ status: 429, headers: { 'retry-after': '90' } }, 'ProviderUnavailableError'],
    [{ status: 500 }, 'ProviderUnavailableError'],
    [{ status: 503 }, 'ProviderUnavailableError'],
    [{ status: 400 }, 'RefusedRequestError'],
    [{ status: 413 }, 'RefusedRequestError'],
    [{ status: 400, param: 'dimensions' }, 'FatalError'],
    [{ status: 401 }, 'FatalError'],
    [{ status: 403 }, 'FatalError'],
    [{ status: 404 }, 'FatalError'],
    [{ spoil: 'length' }, 'FatalError'],
    [{ spoil: 'nan' }, 'BrokenAnswerError'],
    [{ spoil: 'null' }, 'BrokenAnswerError'],
    [{ spoil: 'zero' }, 'BrokenAnswerError'],
    [{ spoil: 'missing' }, 'BrokenAnswerError'],
    [{ spoil: 'order' }, 'BrokenAnswerError'],
    [{ spoil: 'json' }, 'BrokenAnswerError'],
  ])('%j is a %s, requested once, without the key in its message', async (trouble, name) => {
    const found = 'status' in trouble ? { message: `your key is ${KEY}`, ...trouble } : trouble
    standIn.troubles.push(found)
    const error = await failureOf(open().embed(['one', 'two'], signal))
    expect(error.name).toBe(name)
    expect(standIn.requests).toHaveLength(1)
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(KEY)
  })

  test.each<Trouble>([{ stall: 'before' }, { stall: 'within' }])(
    '%j is retryable',
    async (trouble) => {
      standIn.troubles.push(trouble)
      const error = await failureOf(open({ deadlineMs: 200 }).embed(['one'], signal))
      expect([error.name, error.message]).toEqual([
        'ProviderUnavailableError',
        expect.stringContaining('within 0.2 s'),
      ])
    },
  )

  test('of the connection is retryable', async () => {
    const gone = await startOpenaiStandIn()
    await gone.close()
    const error = await failureOf(open({ baseUrl: gone.url }).embed(['one'], signal))
    expect(error.name).toBe('ProviderUnavailableError')
    expect(error.message).toContain('ECONNREFUSED')
  })

  test('with a retry time is respected: nothing is sent earlier', async () => {
    const provider = open()
    standIn.troubles.push({ status: 429, headers: { 'retry-after': '90' } })
    const first = await failureOf(provider.embed(['one'], signal))
    const wait = (first.until as Date).getTime() - Date.now()
    expect(wait).toBeGreaterThan(85_000)
    expect(wait).toBeLessThanOrEqual(90_000)
    expect((await failureOf(provider.embed(['two'], signal))).message).toBe(first.message)
    expect(standIn.requests).toHaveLength(1)
  })

  test("caused by the signal has the signal's reason", async () => {
    standIn.troubles.push({ stall: 'before' })
    const lost = new AbortController()
    const work = failureOf(open().embed(['one'], lost.signal))
    await expect.poll(() => standIn.requests.length).toBe(1)
    lost.abort(new Error('the lease was lost'))
    expect((await work).message).toBe('the lease was lost')
  })
})
