import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { operatorScope, viewerScope, visible } from '#app/auth/scope.ts'
import { READER_ROLE } from '#app/database/reader-role.server.ts'
import type { Asked } from '../../support/web/persona-routes.ts'
import {
  ask,
  everyQuestion,
  opened,
  openPersonas,
  PERSONAS,
  type Persona,
  wordsIn,
} from '../../support/web/personas.ts'

// The predicate is taken out of the statements on their way to the database, so that row level security alone
// decides what is read.

const SENT = pg.Client.prototype.query as (...args: unknown[]) => unknown

/** Statements with the predicate, by their text without numbers, and the questions that led to them. */
const statements = new Map<string, Set<string | Asked>>()
/** Decides whether a statement loses its predicate. */
let loses: (statement: string) => boolean = () => false
let isConfined = true
let asked: string | Asked = ''

/** What the predicate looks like in a statement, with the parameter of those whose scope is a list. */
const PREDICATES = [viewerScope({ repositories: [], operates: [] }), operatorScope()].map(
  (scope) => {
    const written = visible(scope, 'ALIAS')(() => 'PARAMETER')
    const pattern = written.replace(/[\\^$.|?+*()[\]{}]/g, '\\$&').replaceAll('ALIAS', '\\w+')
    return new RegExp(pattern.replace('PARAMETER', '(\\$\\d+)'), 'g')
  },
)

function withoutPredicate(text: string): string {
  return PREDICATES.reduce(
    (left, predicate) =>
      left.replace(predicate, (_, parameter: unknown) =>
        // Every parameter needs a type.
        typeof parameter === 'string' ? `(${parameter}::bigint[] is not null)` : 'true',
      ),
    text,
  )
}

function changed(text: string): string {
  if (text.includes(`set local role ${READER_ROLE}`))
    return isConfined ? text : text.replace(`set local role ${READER_ROLE}`, 'select')
  const without = withoutPredicate(text)
  if (without === text) return text
  const statement = text.replace(/\$\d+/g, '$')
  const askedBy = statements.get(statement) ?? new Set()
  statements.set(statement, askedBy.add(asked))
  return loses(statement) ? without : text
}

beforeAll(async () => {
  await openPersonas()
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (
    this: pg.Client,
    config: unknown,
    ...more: unknown[]
  ) {
    const isText = (config as { text?: unknown } | null)?.text
    const sent =
      typeof isText === 'string' ? { ...(config as object), text: changed(isText) } : config
    return SENT.call(this, sent, ...more)
  } as never)
}, 120_000)
afterAll(async () => {
  vi.restoreAllMocks()
  await opened.close()
})

/** Asks, and returns what they must not see of the answers. */
async function leaks(persona: Persona, questions: Iterable<string | Asked>): Promise<string[]> {
  const found: string[] = []
  for (const one of questions) {
    asked = one
    const words = wordsIn(await ask(persona, one), one, persona)
    if (words.length > 0) found.push(`${JSON.stringify(one)}: ${words.join()}`)
  }
  return found
}

/** Those who see some repositories; tokens see what their owners see. */
const READERS = Object.entries(PERSONAS).filter(
  ([name, { reads }]) => reads.length === 1 && !name.includes('token'),
)
const QUESTIONS_EACH = 3

describe.each(Object.entries(PERSONAS))('%s', (_, persona) => {
  test('sees nothing more without any predicate', async () => {
    loses = () => true
    expect(await leaks(persona, everyQuestion())).toEqual([])
  })
})

test.each(READERS)(
  '%s sees nothing more without the predicate of one statement',
  async (_, persona) => {
    statements.clear()
    loses = () => false
    await leaks(persona, everyQuestion())
    const known = [...statements]
    expect(known.length).toBeGreaterThan(20)
    for (const [statement, questions] of known) {
      loses = (one) => one === statement
      // The last ones are about what is hidden from everybody, or about nothing in particular.
      const some = [...questions].slice(-QUESTIONS_EACH)
      expect([statement, await leaks(persona, some)]).toEqual([statement, []])
    }
  },
  240_000,
)

test('without row level security either, everything is seen', async () => {
  loses = () => true
  isConfined = false
  const [[, persona]] = READERS as [[string, Persona]]
  const found = await leaks(persona, everyQuestion())
  isConfined = true
  expect(found.length).toBeGreaterThan(20)
})
