import type { Random } from '../world/random.ts'

const SUBJECTS = ['the scheduler', 'the parser', 'our retry loop', 'the index', 'this migration']
const MORE_SUBJECTS = ['the worker pool', 'the cursor', 'the exporter', 'a stale lock', 'the queue']
const VERBS = ['drops', 'repeats', 'blocks', 'hides', 'rewrites', 'delays', 'caches', 'splits']
const OBJECTS = [
  'the last page',
  'every second write',
  'its own lease',
  'empty batches',
  'late rows',
]
const REASONS = [
  'because two of them may run at once',
  'when the clock moves back',
  'although nothing reads the result',
  'since the limit was raised',
  'as soon as the disk is slow',
  'unless the caller asks for it',
]
const PLACES = ['core', 'edge', 'store', 'wire', 'jobs', 'auth']
const FILES = ['index.ts', 'queue.ts', 'lease.ts', 'page.ts', 'write.sql', 'README.md']

export function writeSentence(random: Random): string {
  const subject = random.pick([...SUBJECTS, ...MORE_SUBJECTS])
  const text = `${subject} ${random.pick(VERBS)} ${random.pick(OBJECTS)} ${random.pick(REASONS)}`
  return `${text[0]?.toUpperCase()}${text.slice(1)}.`
}

export function writeText(random: Random, sentences: number): string {
  const lines = Array.from({ length: sentences }, () => writeSentence(random))
  if (random.chance(0.15)) lines.push('```ts\nawait lease.renew({ every: 10 })\n```')
  if (random.chance(0.1)) lines.unshift('> What happens when it is killed?\r\n')
  return lines.join(random.chance(0.5) ? '\r\n\r\n' : ' ')
}

export function writeTitle(random: Random): string {
  const verb = random.pick(['Stop', 'Make', 'Let', 'Keep', 'Teach'])
  return `${verb} ${random.pick(SUBJECTS)} from losing ${random.pick(OBJECTS)}`
}

export function writePath(random: Random): string {
  return `src/${random.pick(PLACES)}/${random.pick(FILES)}`
}
