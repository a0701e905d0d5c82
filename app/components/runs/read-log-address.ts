import { EVENT_LEVELS } from '#app/ledger/run-events.ts'
import { STEPS } from '#app/ledger/steps.ts'
import { LOG_ID } from '#app/ledger/views/run-log.ts'
import { cleanText } from '#app/passages/clean.ts'
import type { LogFilter } from './log-filter.tsx'

/** More characters than any name; a longer text finds nothing anyway. */
const LONGEST = 300

/** Reads what somebody may have typed into the address: what is not valid is left out. */
export function readLogFilter(parameters: URLSearchParams): LogFilter {
  const [level, step] = [parameters.get('level'), parameters.get('step')]
  return {
    text: cleanText((parameters.get('q') ?? '').trim().slice(0, LONGEST)),
    level: EVENT_LEVELS.find((one) => one === level) ?? 'info',
    step: STEPS.find(({ name }) => name === step)?.name ?? null,
  }
}

/** Returns the edge of the page that the address asks for. */
export function readLogEdge(parameters: URLSearchParams): { after?: string; before?: string } {
  const [after, before] = [parameters.get('after') ?? '', parameters.get('before') ?? '']
  if (LOG_ID.test(before)) return { before }
  return LOG_ID.test(after) ? { after } : {}
}

/** Returns the id just before an entry, so that a page after it begins with the entry. */
export function idBefore(id: string): string {
  const [micros, source, number] = id.split('-')
  return `${micros}-${source}-${BigInt(number as string) - 1n}`
}
