import { afterEach, expect, test } from 'vitest'
import { type Authored, type Part, partsOf, plainPartsOf } from '#app/search/write/parts.ts'
import { endSplitting, splitTexts } from '#app/search/write/split-texts.ts'

const started: unknown[] = []
const note = (worker: unknown) => started.push(worker)
process.on('worker', note)

afterEach(async () => {
  await endSplitting()
  started.length = 0
})

function textOf(text: string, sourceId = 'c1'): Authored {
  return { kind: 'comment', sourceId, text, authorId: null, url: '', createdAt: '' }
}

function textsOf(parts: Part[]): string {
  return parts.map(({ text }) => text).join(' ')
}

test('texts of more than 32 KB are split in threads, and give what they give on the loop', async () => {
  const texts = Array.from({ length: 20 }, (_, n) =>
    textOf(`Text ${n} says so.\n\n`.repeat(n * 50), `c${n}`),
  )
  expect(await splitTexts(texts)).toEqual(texts.map(partsOf))
  expect(started).not.toEqual([])
})

test('texts of less than 32 KB are split on the loop, which gets turns', async () => {
  const texts = Array.from({ length: 100 }, () => textOf('? ,'.repeat(100)))
  expect(await splitTexts(texts)).toEqual(texts.map(partsOf))
  expect(started).toEqual([])
})

test('a text that is cut plainly keeps every word', () => {
  const words = Array.from({ length: 5_000 }, (_, n) => `word${n}`).join(' ')
  const parts = plainPartsOf(textOf(words))
  expect(textsOf(parts)).toBe(words)
  expect(Math.max(...parts.map(({ text }) => text.length))).toBeLessThanOrEqual(128)
})
