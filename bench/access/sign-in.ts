import { startWeb } from '#server/web.ts'
import { agree, begin, type Jar, openSignIn, visit } from '#test/support/web/sign-in.ts'
import { atMost, type Figure, median } from '../sync/figures.ts'
import { delayGithub } from './delay-github.ts'

const ACCOUNTS = 20
const DELAY_MS = 100
const ROUNDS = 9
/** Repositories of each account, 2,000 in all. */
const SHAPES = {
  'the same in each': Array.from({ length: ACCOUNTS }, () => 100),
  '1,525 of them in one': [1_525, ...Array.from({ length: ACCOUNTS - 1 }, () => 25)],
}

/** Measures how long Whence takes to let in a person with 2,000 repositories in 20 installations. */
export async function measureSignIn(): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const [name, counts] of Object.entries(SHAPES)) figures.push(await measure(name, counts))
  return figures
}

async function measure(name: string, counts: number[]): Promise<Figure> {
  const opened = await openSignIn()
  const github = await delayGithub(opened.standIn.url, DELAY_MS)
  const addresses = { GITHUB_API_URL: github.url, GITHUB_WEB_URL: github.url }
  const config = { ...opened.services.config, ...addresses }
  const web = await startWeb({ ...opened.services, config })
  try {
    const { changes, people } = opened.standIn
    const accounts = counts.map((_, index) => `account-${index + 1}`)
    for (const [index, account] of accounts.entries()) {
      for (let number = 1; number <= (counts[index] ?? 0); number++)
        changes.createRepository({ repository: `${account}/repository-${number}` })
      changes.install({ account })
    }
    await opened.copy()
    people.give('dana', { reads: accounts.map((account) => `${account}/*`) })
    const times: number[] = []
    let calls = 0
    for (let round = 0; round < ROUNDS; round++) {
      const jar: Jar = new Map()
      const back = await agree(await begin({ ...opened, web }, jar), 'dana')
      const [began, before] = [performance.now(), github.calls()]
      const { status } = await visit({ web }, jar, back)
      times.push(performance.now() - began)
      calls = github.calls() - before
      if (status !== 303) throw new Error(`The person was not let in: ${status}`)
    }
    return atMost(`sign-in, 2,000 repositories, ${name}, ms`, median(times), {
      ...{ must: 2_000, aim: 1_000, digits: 0 },
      note: `${calls} calls of ${DELAY_MS} ms; slowest of ${ROUNDS}: ${Math.max(...times).toFixed(0)}`,
    })
  } finally {
    await web.close()
    await github.close()
    await opened.close()
  }
}
