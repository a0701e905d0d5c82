import { RefusedError } from '#app/config/errors.server.ts'
import { parseSchedule } from '#app/schedules/schedule-words.ts'

/**
 * Reads a change of settings from fields as people type them: `history=2y`,
 * `repository_filter={"exclude":["legacy-*"]}`, `schedules.full=0 3 * * 0 Europe/Berlin`. The values are
 * validated later.
 *
 * @throws RefusedError that names the field.
 */
export function changeOfText(fields: string[]): Record<string, unknown> {
  const change: Record<string, unknown> = {}
  const schedules: Record<string, unknown> = {}
  for (const field of fields) {
    const [, name = '', text = ''] = /^([\w.]+)=(.*)$/s.exec(field) ?? []
    if (name === '')
      throw new RefusedError('invalid', `"${field}" is not field=value`, 'Write history=2y.')
    const mode = /^schedules\.(.+)$/.exec(name)?.[1]
    if (mode) schedules[mode] = named(name, () => parseSchedule(text))
    else change[name] = named(name, () => readValue(name, text))
  }
  return { ...change, ...(Object.keys(schedules).length > 0 && { schedules }) }
}

/** Fields whose value is an object, with an example. */
const OBJECTS: Record<string, string> = {
  repository_filter: '{"exclude": ["legacy-*"]}',
  repository_priorities: '{"first": ["api-*"]}',
  code: '{"repositories": ["api-*"], "branches": ["release/*"]}',
}

const SWITCHES = new Set([
  'active',
  'changed_files',
  'open_public_repositories',
  'outside_embedding',
  'schedules_paused',
])

function readValue(name: string, text: string): unknown {
  if (name === 'extraction_slots') return /^\d{1,9}$/.test(text) ? Number(text) : text
  if (SWITCHES.has(name)) return text === 'true' || (text === 'false' ? false : text)
  const example = OBJECTS[name]
  if (!example) return text
  try {
    return JSON.parse(text)
  } catch {
    throw new RefusedError('invalid', 'is not JSON', `Write ${example}.`)
  }
}

function named<T>(name: string, read: () => T): T {
  try {
    return read()
  } catch (error) {
    const { message, hint } = error as RefusedError
    throw new RefusedError('invalid', `${name}: ${message}`, hint)
  }
}
