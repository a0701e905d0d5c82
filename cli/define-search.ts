import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SearchMode } from '#app/search/query/query.ts'
import { repositoryArgument } from './arguments.ts'
import type { OnBackend } from './backend.ts'
import type { SearchOptions } from './search.ts'

const MOST = 100
const MODES: SearchMode[] = ['auto', 'keyword', 'semantic']

export function defineSearch(program: Command, onBackend: OnBackend): void {
  program
    .command('search')
    .description('search the pull requests and repositories')
    .argument(
      '<query...>',
      'words, "phrases", -excluded words, OR, (groups), and GitHub qualifiers',
    )
    .addOption(
      new Option('--repo <name>', 'owner/name, owner/* or a GitHub URL; can be repeated')
        .argParser(addRepository)
        .default([], 'all repositories'),
    )
    .option('--limit <count>', `number of hits, at most ${MOST}`, limit, 10)
    .addOption(
      new Option('--mode <mode>', 'match by words, by meaning, or (auto) by both')
        .choices(MODES)
        .default('auto'),
    )
    .option('--cursor <cursor>', 'continue from the page that printed this cursor')
    .option('--json', 'print the full answer as JSON', false)
    .addOption(
      new Option('--color <when>', 'highlight the matching words')
        .choices(['always', 'never'])
        .default('never', 'always on a terminal'),
    )
    .action((words: string[], flags: Omit<SearchOptions, 'words'>) =>
      onBackend('search', { services: 'database' }, async (terminal, backend) =>
        (await import('./search.ts')).search(terminal, backend, { ...flags, words }),
      ),
    )
}

/**
 * Adds to the arguments what only this process knows: whether stdout is a terminal. A server that runs the
 * command for it cannot determine that. Explicit arguments take precedence.
 */
export function styleFor(argv: string[], isTerminal: boolean): string[] {
  const [command, ...rest] = argv
  if (command !== 'search' || !isTerminal) return argv
  return [command, '--color', 'always', ...rest]
}

function addRepository(text: string, before: string[]): string[] {
  const names = repositoryArgument(text, before)
  if (new Set(names.map((one) => one.endsWith('/*'))).size > 1)
    throw new InvalidArgumentError('Name either repositories or accounts, not both.')
  return names
}

function limit(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MOST) return Number(text)
  throw new InvalidArgumentError(`Expected a whole number from 1 to ${MOST}.`)
}
