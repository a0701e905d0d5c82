import { InvalidArgumentError } from 'commander'
import { OperatorError } from '#app/config/errors.server.ts'
import { parseRepositoryName } from '#app/github/repository-names.ts'
import { EVENT_LEVELS, type EventLevel } from '#app/ledger/run-events.ts'

const DURATION_UNITS: Record<string, number> = {
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/** @throws InvalidArgumentError if the text cannot be the id of a run. */
export function jobNumber(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a job number; `whence status` lists the jobs.')
}

/** Parses `90m`, `12h`, `7d` or `4w` into milliseconds. */
export function duration(text: string): number {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? []
  if (count && unit) return Number(count) * (DURATION_UNITS[unit] as number)
  throw new InvalidArgumentError('Expected a duration in m, h, d or w, such as 7d.')
}

/** Parses `all`, or a date or time in ISO 8601. */
export function momentArgument(text: string): string {
  if (text === 'all') return text
  if (/^\d{4}-\d\d-\d\d/.test(text) && !Number.isNaN(Date.parse(text))) return text
  throw new InvalidArgumentError('Expected a date such as 2024-01-31, or all.')
}

/** Parses an integer greater than zero. */
export function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a positive whole number.')
}

/** Parses the level of an entry of a log. */
export function levelArgument(text: string): EventLevel {
  const level = EVENT_LEVELS.find((one) => one === text)
  if (level) return level
  throw new InvalidArgumentError(`Expected ${EVENT_LEVELS.join(', ')}.`)
}

/** Appends the name or the address of a repository to those given before; `namedRepositories` reads its host. */
export function repositoryArgument(text: string, before: string[] = []): string[] {
  try {
    parseRepositoryName(text)
    return [...before, text]
  } catch (error) {
    if (error instanceof OperatorError) throw new InvalidArgumentError(error.hint)
    throw error
  }
}
