import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { listenEvents } from '../../support/listen-events.ts'
import { type Answer, send } from '../../support/send.ts'
import { routePaths } from '../../support/web/every-route.ts'
import { type Laid, type Subject, subjectOf } from '../../support/web/lay-canaries.ts'
import {
  ABOUT_INSTALLATION,
  ABOUT_NOTHING,
  ABOUT_REPOSITORY,
  type Asked,
  CHANGES,
  type Operated,
  TOOLS,
} from '../../support/web/persona-routes.ts'
import {
  ask,
  everyQuestion,
  hidden,
  opened,
  openPersonas,
  operated,
  PERSONAS,
  type Persona,
  QUESTIONS,
  wordsIn,
} from '../../support/web/personas.ts'

// Every route, asked by everybody: what one may not see answers as what does not exist.

/** Names of the same form of which there is nothing. */
const absentAs = ({ owner }: Laid) => subjectOf(owner, 'nowhere', 'd')

const NONE: Operated = {
  ...{ account: 'absent', installation: '7100999', run: '7200999', delivery: 'guid-absent' },
}

beforeAll(openPersonas, 120_000)
afterAll(() => opened.close())

/** Requests of a token that may be in progress, without its exports. */
const AT_ONCE = 2

/** Returns the first event that somebody hears; nothing if they are refused. */
async function listen({ headers }: Persona, query: string): Promise<string> {
  const url = `${opened.web.url}/events${query}`
  if ((await send(url, headers(), 'HEAD')).status === 401) return ''
  const { until, close } = await listenEvents(url, headers())
  const { payload } = await until(({ event }) => event === 'snapshot')
  close()
  return JSON.stringify(payload)
}

/** What an answer consists of, with all that names the subject, the request and the moment replaced. */
function essence({ status, headers, body }: Answer, names: string[]): object {
  const { location, 'content-type': type, 'www-authenticate': challenge } = headers
  const shown = { location, type, challenge, cache: headers['cache-control'], body }
  let text = JSON.stringify(shown).replaceAll('%25', '%').replaceAll('%2F', '/')
  for (const [index, name] of names.entries()) text = text.replaceAll(name, `<${index}>`)
  return {
    status,
    text: text
      .replace(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, '<id>')
      .replace(/nonce(=|\\":)\\+"[^"\\]+\\+"/g, '<nonce>')
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, '<time>')
      // What quotes the texts of users for an agent.
      .replace(/(<<<)?[\da-f]{24}(>>>)?/g, '<mark>'),
  }
}

const namesOf = ({ owner, name, word, author, oid, path, project, dataset }: Subject) => [
  ...[`${owner}/${name}`, word, author, oid, oid.slice(0, 12), path, project, dataset],
]
const numbersOf = ({ account, installation, run, delivery }: Operated) => [
  ...[delivery, run, installation, account],
]

async function sameAsAbsent<Of>(
  persona: Persona,
  [asks, of, absent]: [(of: Of) => (string | Asked)[], Of, Of],
  names: (of: Of) => string[],
): Promise<void> {
  const without = asks(absent)
  for (const [index, asked] of asks(of).entries()) {
    const [found, nothing] = [
      await ask(persona, asked),
      await ask(persona, without[index] as Asked),
    ]
    expect([asked, essence(found, names(of))]).toEqual([asked, essence(nothing, names(absent))])
  }
}

test('every route and every tool is asked', async () => {
  const asked = [ABOUT_REPOSITORY, ABOUT_INSTALLATION, ABOUT_NOTHING, CHANGES].flatMap(Object.keys)
  // What is heard of events has a test of its own.
  expect([...new Set([...asked, '/events'])].sort()).toEqual((await routePaths()).sort())
  const { body } = await ask(PERSONAS['the operator'] as Persona, {
    ...{ method: 'POST', path: '/mcp' },
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list', params: {} },
  })
  const { result } = JSON.parse(body) as { result: { tools: { name: string }[] } }
  expect(result.tools.map(({ name }) => name).sort()).toEqual(Object.keys(TOOLS).sort())
})

describe.each(Object.entries(PERSONAS))('%s', (_name, persona) => {
  test.each(Object.entries(QUESTIONS))('sees what they may read: %s', async (route, asks) => {
    for (const one of persona.reads) {
      const answers: Answer[] = []
      // One after another, as a token may ask.
      for (const asked of asks(one)) answers.push(await ask(persona, asked))
      const shown = answers.filter(({ body }) => body.includes(one.canary)).length
      const isExport = route === '/api/v1/export/:list'
      // The tool tells of jobs, without texts.
      const least = isExport ? answers.length : route === 'sync_status' ? 0 : 1
      expect([one.name, shown >= least]).toEqual([one.name, true])
    }
  })

  test.each(Object.entries(QUESTIONS))('learns nothing else: %s', async (_route, asks) => {
    for (const one of hidden(persona))
      await sameAsAbsent(persona, [asks, one, absentAs(one)], namesOf)
  })

  test('never gets a word of what is hidden, whatever is asked', async () => {
    const questions = everyQuestion()
    const check = async (asked: string | Asked) =>
      expect([asked, wordsIn(await ask(persona, asked), asked, persona)]).toEqual([asked, []])
    while (questions.length > 0) await Promise.all(questions.splice(0, AT_ONCE).map(check))
  })

  test('learns nothing about accounts that they do not operate', async () => {
    for (const one of Object.values(operated)) {
      if (persona.operates.includes(one.account)) continue
      for (const asks of Object.values(ABOUT_INSTALLATION))
        await sameAsAbsent(persona, [asks, one, NONE], numbersOf)
    }
  })

  test('hears of no job of others', async () => {
    for (const query of ['', ...Object.values(operated).map(({ run }) => `?job=${run}`)]) {
      const heard = await listen(persona, query)
      for (const { run, account } of Object.values(operated)) {
        const isAsked = query === '' || query.endsWith(run)
        const isHeard = isAsked && persona.operates.includes(account)
        expect([query, account, heard.includes(`"account":"${account}"`)]).toEqual([
          ...[query, account, isHeard],
        ])
      }
      const canaries = hidden(persona).map(({ canary }) => canary)
      expect(canaries.filter((canary) => heard.includes(canary))).toEqual([])
    }
  })

  test('changes nothing that is hidden, and learns nothing from trying', async () => {
    for (const one of hidden(persona).filter(({ owner }) => !persona.operates.includes(owner)))
      for (const asks of Object.values(CHANGES))
        await sameAsAbsent(persona, [asks, one, absentAs(one)], namesOf)
  })
})
