import type { Coverage } from '#app/archive/coverage.ts'
import { pluralText } from '../elements/time-text.ts'

const UNITS = [
  { ms: 86_400_000, name: 'day' },
  { ms: 3_600_000, name: 'hour' },
  { ms: 60_000, name: 'minute' },
]

/** Returns what a search covers and how fresh it is, one sentence each. */
export function coverageTexts(coverage: Coverage, now: string): string[] {
  const { pullRequests, repositories, unread, limited, incomplete, hidden } = coverage
  const covered = `${pluralText(pullRequests, 'pull request')} in ${pluralText(repositories, 'repository', 'repositories')}`
  return [
    `Searches ${covered}${freshness(coverage, now)}.`,
    unread > 0 && `${manyRepositories(unread, 'has', 'have')} not been read to the end yet.`,
    limited > 0 && `${manyRepositories(limited, 'is', 'are')} limited to the newest pull requests.`,
    incomplete > 0 &&
      `${pluralText(incomplete, 'pull request is', 'pull requests are')} not complete yet.`,
    hidden > 0 &&
      `${manyRepositories(hidden, 'is', 'are')} not searched: filtered out, or no longer accessible on GitHub.`,
  ].filter((text) => text !== false)
}

function manyRepositories(count: number, one: string, many: string): string {
  return pluralText(count, `repository ${one}`, `repositories ${many}`)
}

function freshness({ read }: Coverage, now: string): string {
  if (read === null) return ''
  const newest = spanText(read.to, now)
  const oldest = spanText(read.from, now)
  if (newest === oldest) return `, read from GitHub ${newest} ago`
  return `, read from GitHub between ${newest} and ${oldest} ago`
}

function spanText(moment: string, now: string): string {
  const ms = Date.parse(now) - Date.parse(moment)
  const unit = UNITS.find((candidate) => ms >= candidate.ms)
  return unit ? pluralText(Math.floor(ms / unit.ms), unit.name) : 'less than a minute'
}
