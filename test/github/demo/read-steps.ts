/**
 * Reads how the code of a demo repository came about. A file `code/NAME.txt` has, for each commit of each pull
 * request, the changes of files:
 *
 *   === #12 1                  the first commit of pull request 12 (`#0 1` is the first of the repository)
 *   === write src/money.ts     the whole file follows
 *   === edit src/server.ts     lines as in a diff, without numbers; `@@` between parts that lie apart
 *   === delete src/flags.ts
 */
import { readFileSync } from 'node:fs'

export type FileStep =
  | { kind: 'write'; path: string; text: string }
  | { kind: 'edit'; path: string; parts: { before: string; after: string }[] }
  | { kind: 'delete'; path: string }

/** By `pull request.commit`, such as `12.1`. */
export type Steps = Map<string, FileStep[]>

export function readSteps(name: string): Steps {
  const text = readFileSync(new URL(`code/${name}.txt`, import.meta.url), 'utf8')
  const steps: Steps = new Map()
  let commit: FileStep[] = []
  for (const section of text.split(/^=== /m).slice(1)) {
    const end = section.indexOf('\n')
    const [word = '', rest = ''] = section.slice(0, end).split(' ')
    const body = section.slice(end + 1).trimEnd()
    if (word.startsWith('#')) {
      commit = []
      steps.set(`${word.slice(1)}.${rest}`, commit)
    } else commit.push(stepOf(word, rest, body))
  }
  return steps
}

function stepOf(word: string, path: string, body: string): FileStep {
  if (word === 'write') return { kind: 'write', path, text: `${body}\n` }
  if (word === 'delete') return { kind: 'delete', path }
  if (word !== 'edit') throw new Error(`=== ${word} ${path}: write, edit or delete`)
  const parts = body.split(/^@@\n/m).map((part) => {
    const lines = part.replace(/\n$/, '').split('\n')
    const side = (signs: string) =>
      lines
        .filter((line) => line === '' || signs.includes(line.charAt(0)))
        .map((line) => `${line.slice(1)}\n`)
        .join('')
    return { before: side(' -'), after: side(' +') }
  })
  return { kind: 'edit', path, parts }
}

/** Returns the new text of a file, or null if the step deletes it. */
export function applyStep(step: FileStep, before: string | null): string | null {
  if (step.kind === 'delete') return null
  if (step.kind === 'write') return step.text
  let text = before ?? ''
  for (const part of step.parts) {
    const at = `\n${text}`.indexOf(`\n${part.before}`)
    if (at < 0 || `\n${text}`.indexOf(`\n${part.before}`, at + 1) >= 0)
      throw new Error(`${step.path} does not have these lines exactly once:\n${part.before}`)
    text = text.slice(0, at) + part.after + text.slice(at + part.before.length)
  }
  return text
}
