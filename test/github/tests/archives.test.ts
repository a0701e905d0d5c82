import { join } from 'node:path'
import { expect, test } from 'vitest'
import { compareContent, describeDifferences } from '#test/github/compare.ts'
import { readContent } from '#test/github/read-content.ts'
import { startStandIn } from '#test/github/stand-in.ts'
import { describeWithShared } from '#test/services/requirements.ts'

const EXPECTED = {
  'ietf-wg-ppm/draft-ietf-ppm-dap': [345, 678, 2098, 1493, 3111, 543],
  'mlswg/mls-protocol': [582, 1648, 1370, 995, 1720, 773],
  'ietf-wg-privacypass/base-drafts': [251, 712, 669, 414, 679, 143],
}

describeWithShared('the archives', (folder) => {
  test('a plain client can read three real repositories completely', async () => {
    const standIn = await startStandIn({
      sources: [{ kind: 'archives', path: join(folder, 'data/github') }],
      limits: { graphql: 100_000 },
    })
    const read = await readContent(standIn)
    for (const repository of read.repositories) {
      const pulls = read.pullRequests.filter((one) => one.repositoryId === repository.id)
      const ids = new Set(pulls.map((one) => one.id))
      const below = (rows: { pullRequestId: string }[]) =>
        rows.filter((row) => ids.has(row.pullRequestId)).length
      expect([
        pulls.length,
        pulls.reduce((sum, one) => sum + one.commits.length, 0),
        below(read.reviews),
        below(read.reviewThreads),
        below(read.reviewComments),
        below(read.comments),
      ]).toEqual(EXPECTED[repository.fullName as keyof typeof EXPECTED])
    }
    expect(read.repositories).toHaveLength(3)
    expect(describeDifferences(compareContent(standIn.content(), read))).toBe('')
    await standIn.stop()
  })
})
