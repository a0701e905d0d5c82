import { afterAll, beforeAll, expect, test } from 'vitest'
import { PROBE } from '#app/github/queries/repositories.ts'
import { hashEmail } from '#app/sync/tables/people.ts'
import { ask, startSmall } from '../../github/ask.ts'
import { compareContent, describeDifferences } from '../../github/compare.ts'
import type { StandIn } from '../../github/stand-in.ts'
import { takePulls } from '../../github/take-pulls.ts'
import { storedContent } from '../../support/content/stored-content.ts'
import {
  addRepository,
  cutIntoRecords,
  openStore,
  type Store,
  takeSnapshot,
  transform,
} from '../../support/records.ts'

let store: Store
beforeAll(async () => {
  store = await openStore()
})
afterAll(() => store[Symbol.asyncDispose]())

async function takeRepositories(standIn: StandIn): Promise<string[]> {
  const recordIds: string[] = []
  for (const { id, topics, databaseId } of standIn.world.repositories.values()) {
    const { body } = await ask(standIn, PROBE.text, { ids: [id], more: [] })
    const repositoryId = await addRepository(store, body.data.nodes[0], {
      topics,
      databaseId: String(databaseId),
    })
    for (const pull of await takePulls(standIn, id)) {
      const records = cutIntoRecords(pull, { page: 3, threads: 2 })
      const taken = await takeSnapshot(store, repositoryId, pull, { records })
      recordIds.push(...taken.recordIds)
    }
  }
  return recordIds
}

test('every row is stored as on GitHub, except for closing issues beyond 100', async () => {
  await using standIn = await startSmall()
  const recordIds = await takeRepositories(standIn)
  for (let start = 0; start < recordIds.length; start += 50)
    await transform(store, recordIds.slice(start, start + 50))

  const content = standIn.content()
  const [most] = content.pullRequests.filter((pull) => pull.closingIssues.length > 100)
  const differences = compareContent(
    content,
    await storedContent(store.pool, store.installationId),
    { ignore: ['commits.parents'], email: hashEmail },
  )
  const others = differences.filter((one) => one.key !== most?.id || one.field !== 'closingIssues')
  expect(describeDifferences(others)).toBe('')
  const { rows } = await store.pool.query(
    `select p.node_id as id, g.reason from pull_request p left join gap g on g.node_id = p.node_id
     where not is_complete`,
  )
  const reason = `100 of ${most?.closingIssues.length} closing issues`
  expect(rows).toEqual([{ id: most?.id, reason }])
})
