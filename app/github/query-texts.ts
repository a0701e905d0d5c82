import type { Logger } from '#app/config/logger.server.ts'
import type { AnswerError, UnknownFieldsError } from './errors.ts'
import { leaveOut } from './queries/leave-out.ts'

/** The texts of queries as this server understands them, and what is said about its answers once. */
export interface QueryTexts {
  of(text: string): string
  /**
   * Leaves out of a query what the server does not know.
   *
   * @param asked the text that the server refused; another call may have learnt the same meanwhile.
   * @returns false if nothing of it can be left out.
   */
  learn(query: { name: string; text: string }, asked: string, error: UnknownFieldsError): boolean
  /** Logs what accompanies data, each kind of error in each place once. */
  noteErrors(name: string, errors: AnswerError[]): void
}

export function openQueryTexts(logger: Logger): QueryTexts {
  const known = new Map<string, string>()
  const warned = new Set<string>()

  function warnOnce(message: string): void {
    if (!warned.has(message)) logger.warn(message)
    warned.add(message)
  }
  return {
    of: (text) => known.get(text) ?? text,
    learn({ name, text }, asked, { fields }) {
      const after = fields.reduce(leaveOut, known.get(text) ?? text)
      known.set(text, after)
      for (const { definition, field } of fields)
        warnOnce(`GitHub does not know ${field} (${definition}, ${name}): it is left out`)
      return after !== asked
    },
    noteErrors(name, errors) {
      for (const { type, message, path } of errors) {
        if (type === 'NOT_FOUND') continue
        const place = path.filter((part) => typeof part === 'string').join('.')
        warnOnce(`GitHub answered part of a query (${name}) with an error at ${place}: ${message}`)
      }
    },
  }
}
