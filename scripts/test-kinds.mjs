import { HintedError } from './failures.mjs'

/**
 * The kinds of tests, in the order they run: fast ones first. A `check` counts as one test, a `project` is a
 * Vitest project; an `extra` kind runs only if named.
 */
const KINDS = [
  {
    name: 'lint',
    checks: [
      ['node_modules/@biomejs/biome/bin/biome', 'check', '.'],
      ['node_modules/knip/bin/knip.js', '--no-progress'],
    ],
  },
  { name: 'types', checks: [['node_modules/typescript/bin/tsc']] },
  { name: 'unit', project: true },
  { name: 'github', project: true },
  { name: 'integration', project: true, needsPages: true },
  { name: 'e2e', project: true, needsPages: true },
  { name: 'machines', project: true, extra: true },
]

/**
 * Parses `npm test -- [kind…] [Vitest filters and options…]`. Without a kind, a filter that is a path selects
 * the kind by its folder, so that `npm test -- test/unit/env.test.ts` runs only that file.
 */
export function chooseKinds(args) {
  const named = new Set()
  const rest = []
  for (const arg of args) {
    if (KINDS.some((kind) => kind.name === arg)) named.add(arg)
    else rest.push(arg)
  }
  const paths = rest.filter((arg) => !arg.startsWith('-') && arg.includes('/'))
  if (named.size === 0) for (const path of paths) named.add(kindOf(path))
  if (named.size === 0 && rest.length > 0 && !rest[0].startsWith('-')) throw unknownKind(rest[0])
  const kinds = KINDS.filter(({ name, extra }) => (named.size === 0 ? !extra : named.has(name)))
  return { kinds, rest }
}

function kindOf(path) {
  const folder = /(?:^|\/)test\/([^/]+)\//.exec(path)?.[1]
  return KINDS.some((kind) => kind.project && kind.name === folder) ? folder : 'unit'
}

function unknownKind(word) {
  const names = KINDS.map((kind) => kind.name).join(', ')
  return new HintedError(
    `"${word}" is neither a kind of test nor a path.`,
    `Name one or more of ${names}, or a file, for example \`npm test -- test/unit/env.test.ts\`.`,
    { exitCode: 2 },
  )
}

/**
 * Returns the profile that the environment selects; setting only one of the two variables is an error, as at
 * startup.
 * @param {{ DATABASE_URL?: string, REDIS_URL?: string }} environment
 */
export function chooseProfile({ DATABASE_URL, REDIS_URL }) {
  if (DATABASE_URL && REDIS_URL) return 'external'
  if (!DATABASE_URL && !REDIS_URL) return 'embedded'
  const [set, missing] = DATABASE_URL
    ? ['DATABASE_URL', 'REDIS_URL']
    : ['REDIS_URL', 'DATABASE_URL']
  throw new HintedError(
    `${set} is set, but ${missing} is not.`,
    `Set ${missing} too (external profile), or unset ${set} (embedded profile).`,
  )
}
