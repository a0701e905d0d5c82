import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openDecisions } from '#app/api/decisions.ts'
import { operatorScope } from '#app/auth/scope.ts'
import { openGithub } from '#app/github/client.ts'
import { chooseInstallations } from '#app/sync/requests/choose-installations.ts'
import { type StandIn, startStandIn } from '../../github/stand-in.ts'
import { openSync } from '../../support/sync.ts'

const source = { kind: 'generated', login: 'acme', repositories: 1, pulls: 2 } as const

let standIn: StandIn
let stored: string

beforeAll(async () => {
  standIn = await startStandIn({ sources: [source] })
  const [repository] = [...standIn.world.repositories.values()]
  stored = `acme/${repository?.name}`
})
afterAll(() => standIn.stop())

describe.each(['app', { repositories: [] }] as const)('a request as %o', (as) => {
  let sync: Awaited<ReturnType<typeof openSync>>

  beforeAll(async () => {
    sync = await openSync(standIn, as === 'app' ? as : { repositories: [] })
  })
  afterAll(() => sync.close())

  function request(repositories: string[]) {
    const { services } = sync
    const { database, logger, config } = services
    const checks = {
      ...database,
      logger,
      config,
      github: openGithub({ ...database, logger, config }),
    }
    return {
      post: () =>
        openDecisions({ ...checks, config })(operatorScope(), 'operator').requestSyncFor({
          mode: 'incremental',
          repositories,
        }),
      choose: async () => chooseInstallations(await database.prisma(), checks, repositories),
    }
  }

  test.each(['acme/nothing-here', 'nobody-at-all/*', 'nobody-at-all/x'])(
    'refuses %s, which GitHub does not have, and keeps no trace of it',
    async (name) => {
      const unknown = { message: expect.stringMatching(/GitHub has no|App is not installed/) }
      await expect(request([stored, name]).post()).rejects.toMatchObject({
        kind: 'unknown',
        ...unknown,
      })
      await expect(request([stored, name]).choose()).rejects.toMatchObject(unknown)
      const { rows } = await sync.pool.query(
        `select (select count(*)::int from run) as runs, settings -> 'repositories' as names from installation`,
      )
      expect(rows).toEqual([{ runs: 0, names: as === 'app' ? null : [] }])
    },
  )

  test('accepts one that is on GitHub, but not yet in the copy', async () => {
    expect(await request([stored]).post()).toMatchObject({ joined: false })
  })
})
