import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Laid, type Subject, subjectOf } from '../../support/web/lay-canaries.ts'
import type { Asked } from '../../support/web/persona-routes.ts'
import {
  ask,
  hidden,
  opened,
  openPersonas,
  PERSONAS,
  type Persona,
  QUESTIONS,
} from '../../support/web/personas.ts'

// What one may not see costs what does not exist costs: the same statements, which return as many rows. Otherwise
// the time of an answer would tell of it.

const SENT = pg.Client.prototype.query as (...args: unknown[]) => unknown

let statements: string[] = []

beforeAll(async () => {
  await openPersonas()
  vi.spyOn(pg.Client.prototype, 'query').mockImplementation(async function (
    this: pg.Client,
    config: unknown,
    ...more: unknown[]
  ) {
    const { text } = config as { text?: unknown }
    const answer = (await SENT.call(this, config, ...more)) as { rowCount?: number | null }
    if (typeof text === 'string') statements.push(`${answer.rowCount ?? 0} rows: ${text}`)
    return answer
  } as never)
}, 120_000)
afterAll(async () => {
  vi.restoreAllMocks()
  await opened.close()
})

/** Returns the statements of an answer with the number of their rows. Those at one time come in any order. */
async function workOf(persona: Persona, asked: string | Asked): Promise<string[]> {
  statements = []
  await ask(persona, asked)
  return statements.sort()
}

/** Returns the work of both. Once a minute GitHub is asked what somebody may read, which one of them may meet. */
async function worksOf(persona: Persona, one: string | Asked, other: string | Asked) {
  const works = async () => [await workOf(persona, one), await workOf(persona, other)] as const
  const [found, nothing] = await works()
  return found.join() === nothing.join() ? ([found, nothing] as const) : works()
}

/** A name of the same form of which there is nothing. */
const absentAs = ({ owner }: Laid): Subject => subjectOf(owner, 'nowhere', 'd')

describe.each(['a reader of another', 'the owner of an account', 'a removed member'])(
  '%s',
  (name) => {
    const persona = PERSONAS[name] as Persona
    test.each(Object.entries(QUESTIONS))('causes the same work: %s', async (_, asks) => {
      // The first answer reads what the next ones know.
      await ask(persona, asks(absentAs(hidden(persona)[0] as Laid))[0] as Asked)
      for (const one of hidden(persona)) {
        const without = asks(absentAs(one))
        for (const [index, asked] of asks(one).entries()) {
          const [found, nothing] = await worksOf(persona, asked, without[index] as Asked)
          expect([asked, found]).toEqual([asked, nothing])
          expect(found).not.toEqual([])
        }
      }
    })
  },
)
