import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { operatorScope, viewerScope } from '#app/auth/scope.ts'
import { createLogger } from '#app/config/logger.server.ts'
import type { Database } from '#app/database/database.server.ts'
import { fillSpace } from '#app/embeddings/fill-space.ts'
import { hashProvider } from '#app/embeddings/providers/hash.ts'
import { openaiProvider } from '#app/embeddings/providers/openai.ts'
import { activate, chooseSpace, ensureSpace } from '#app/embeddings/spaces.ts'
import { readKnownItem, sampleKnownItems } from '#app/search/fusion/known-items.ts'
import { fillWords } from '#app/search/text/fill-words.ts'
import { changeInstallation } from '#app/sync/changes/change-settings.ts'
import { readSyncStatuses } from '#app/sync/status/sync-status.ts'
import { startWeb } from '#server/web.ts'
import { loadPullRequests } from '#workers/embedding/load-work.ts'
import { startOpenaiStandIn } from '../../openai/stand-in.ts'
import { openTestServices, type TestServices } from '../../services/setup.ts'
import { addPassages, addPullRequest, addRepository } from '../../support/github-rows.ts'
import { requestEverything } from '../../support/ledger-checks.ts'
import { addInstallation } from '../../support/rehearsal.ts'
import { openSearchOf } from '../../support/search/search-of.ts'
import { send } from '../../support/send.ts'

const HOST = 'models.example'
const KEY = `ghp_${'a1B2'.repeat(9)}`
const config = {
  EMBEDDING_PROVIDER: 'openai' as const,
  OPENAI_BASE_URL: `https://${HOST}/v1`,
  EMBEDDING_MODEL: 'm',
  EMBEDDING_DIMENSIONS: 8,
}
const { signal } = new AbortController()
const logger = createLogger('silent')

let services: TestServices
let database: Database
let standIn: Awaited<ReturnType<typeof startOpenaiStandIn>>
let acme: Owner
let other: Owner

interface Owner {
  installation: string
  repository: string
  pull: string
}

beforeAll(async () => {
  services = await openTestServices()
  database = services.services.database
  standIn = await startOpenaiStandIn(8)
})
afterAll(async () => {
  await standIn.close()
  await services.close()
})
beforeEach(async () => {
  const { pool } = database
  await pool.query('delete from installation')
  await pool.query('delete from embedding_space')
  await pool.query(`delete from setting where starts_with(key, 'embedding')`)
  standIn.requests.length = 0
  acme = await addOwner('acme', `why the anvil is heavy, see ${KEY}`)
  other = await addOwner('other', 'why the bellows leak')
})

async function addOwner(name: string, text: string): Promise<Owner> {
  const installation = await addInstallation(database)
  const repository = await addRepository(database.pool, installation, `${name}/anvil`)
  const pull = await addPullRequest(database.pool, repository, 1)
  await addPassages(database.pool, { repositoryId: repository, pullRequestId: pull }, [text])
  await fillWords(database.pool, signal)
  return { installation, repository, pull }
}

/** The provider of an address outside, whose calls arrive at the stand-in. */
const outside = () =>
  openaiProvider({
    ...{ baseUrl: standIn.url, model: 'm', dimensions: 8, requestedDimensions: null },
    outside: HOST,
  })

const fill = () => fillSpace({ pool: database.pool, config, provider: outside(), logger, signal })

const setConsent = ({ installation }: Owner, given: boolean) =>
  changeInstallation(database, installation, {
    ...{ scope: operatorScope(), actor: 'somebody', change: { outside_embedding: given } },
  })

const sent = () => standIn.requests.flatMap(({ inputs }) => inputs)

/** Searches with the address itself, at which nobody answers. */
async function warningsFor({ repository }: Owner): Promise<string[]> {
  const environment = { ...config, EMBEDDING_DIMENSIONS: '8' }
  const search = openSearchOf(database.pool, environment)
  const scope = viewerScope({ repositories: [repository], operates: [] })
  const answer = await search(scope, { query: 'bellows anvil', mode: 'semantic', limit: 5 })
  expect(answer.mode).toBe('keyword')
  return answer.warnings
}

test('nothing is sent before an installation allows it, and the space in use stays', async () => {
  const { pool } = database
  const own = hashProvider()
  await activate(pool, await ensureSpace(pool, own))
  await fill()
  expect(sent()).toEqual([])
  const choice = await chooseSpace(pool, config, outside())
  expect(choice).toMatchObject({ provider: null, space: { model: own.model } })
  expect(choice).toHaveProperty('hint', expect.stringContaining('outside_embedding'))
  const statuses = await readSyncStatuses(pool, operatorScope(), HOST)
  expect(statuses.map(({ withheldFrom }) => withheldFrom)).toEqual([HOST, HOST])
})

test('texts of the installations that allow it are sent, with their secrets masked', async () => {
  await setConsent(acme, true)
  await fill()
  expect(sent()).toEqual(['why the anvil is heavy, see [secret]'])
  await fill()
  expect(sent()).toHaveLength(1)
  const { effects } = await setConsent(other, true)
  expect(effects).toEqual([expect.stringContaining('Those copied so far are sent next')])
  await fill()
  expect(sent().slice(1)).toEqual(['why the bellows leak'])
})

test('a consent while a space is being filled starts over', async () => {
  await setConsent(acme, true)
  const provider = outside()
  const filling = {
    ...provider,
    async embed(texts: string[], of: AbortSignal) {
      await setConsent(other, true)
      return provider.embed(texts, of)
    },
  }
  await fillSpace({ pool: database.pool, config, provider: filling, logger, signal })
  await fill()
  expect(sent()).toHaveLength(2)
})

test('work items and measurements leave the others out, also once it is no longer allowed', async () => {
  const { pool } = database
  await setConsent(acme, true)
  const provider = outside()
  const space = await ensureSpace(pool, provider)
  const items = [acme, other].map(({ pull }) => ({ payload: { pullRequestId: pull } }))
  const load = async () =>
    (await loadPullRequests(pool, items as never, { space, provider })).passages.map(
      ({ length }) => length,
    )
  expect(await load()).toEqual([1, 0])
  await pool.query(`update passage set kind = 'comment'`)
  expect(await sampleKnownItems(pool, 9, false)).toHaveLength(2)
  expect(await sampleKnownItems(pool, 9, true)).toEqual([acme.pull])
  await setConsent(acme, false)
  expect(await load()).toEqual([0, 0])
  expect(await readKnownItem(pool, acme.pull, true)).toBeNull()
  expect(await readKnownItem(pool, acme.pull, false)).not.toBeNull()
})

test('the text of a query is sent only for a viewer of such an installation', async () => {
  await setConsent(acme, true)
  await fill()
  const refused = `The search used words only: the settings of the installation do not allow texts to be sent to ${HOST}.`
  expect(await warningsFor(acme)).toEqual([expect.stringContaining('provider failed')])
  expect(await warningsFor(other)).toEqual([refused])
  await setConsent(acme, false)
  expect(await warningsFor(acme)).toEqual([refused])
})

test('the card shows no tick for what is left out', async () => {
  await requestEverything(database, acme.installation)
  const own = { ...services.services.config, ...config, PORT: 0 }
  const web = await startWeb({ ...services.services, config: own })
  const leftOut = async () => (await send(`${web.url}/`)).body.split('left out').length - 1
  expect(await leftOut()).toBe(2)
  await setConsent(acme, true)
  expect(await leftOut()).toBe(0)
  await web.close()
})
