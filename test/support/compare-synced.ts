import { hashEmail } from '#app/sync/tables/people.ts'
import { compareContent, describeDifferences } from '../github/compare.ts'
import type { Content } from '../github/rows.ts'
import type { StandIn } from '../github/stand-in.ts'
import { storedContent } from './content/stored-content.ts'
import type { openSync } from './sync.ts'

export type Sync = Awaited<ReturnType<typeof openSync>>

/** Owner of the content: the App's installation on an account, or the token's repositories. */
export type Whose = { account: string } | { repositories: string[] }

/**
 * Describes the differences between the tables and GitHub; empty if they are equal. Ignores data that the
 * sync omits by design: parents of commits, and closing issues beyond the hundredth.
 */
export async function differencesTo(standIn: StandIn, sync: Sync, whose: Whose): Promise<string> {
  const account = 'account' in whose ? whose.account : undefined
  const stored = await storedContent(sync.pool, await sync.installation(account))
  const differences = compareContent(readable(standIn.content(whose)), stored, {
    ignore: ['commits.parents'],
    email: hashEmail,
  })
  return describeDifferences(differences, 1000)
}

function readable(content: Content): Content {
  const pullRequests = content.pullRequests.map((row) => ({
    ...row,
    closingIssues: row.closingIssues.slice(0, 100),
  }))
  return { ...content, pullRequests }
}

/** Returns all repositories of the stand-in as `owner/name`. */
export function repositoryNames(standIn: StandIn): string[] {
  return standIn.content().repositories.map((one) => one.fullName)
}

/** Continuously makes retries due, so that tests do not wait for their backoff. */
export function withoutBackoff({ pool }: Pick<Sync, 'pool'>): AsyncDisposable {
  let last: Promise<unknown> = Promise.resolve()
  const timer = setInterval(() => {
    last = pool
      .query(
        `update work_item set not_before = clock_timestamp()
         where state = 'pending' and reason = 'retrying' and not_before > clock_timestamp()`,
      )
      .catch(() => 'the next one is as good')
  }, 100)
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer)
      await last
    },
  }
}
