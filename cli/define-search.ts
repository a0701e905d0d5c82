import { type Command, InvalidArgumentError, Option } from 'commander'
import { OperatorError } from '#app/config/errors.server.ts'
import { parseRepositoryName } from '#app/github/repository-names.ts'
import type { SearchMode } from '#app/search/query/query.ts'
import type { CommandContext } from './context.ts'
import type { SearchOptions } from './search.ts'
import type { TokenOptions } from './token.ts'

type Run = (context: CommandContext) => Promise<number>
type OnData = (name: string, run: Run) => Promise<void>

const MOST = 100
const MODES: SearchMode[] = ['auto', 'keyword', 'semantic']

export function defineSearch(program: Command, onData: OnData): void {
  program
    .command('search')
    .description('find pull requests by what was said in them')
    .argument('<query...>', 'words, "phrases", -words, OR, and GitHub\'s qualifiers')
    .addOption(
      new Option('--repo <name>', 'owner/name, owner/* or an address; may be repeated')
        .argParser(addRepository)
        .default([], 'all'),
    )
    .option('--limit <count>', `how many hits, ${MOST} at most`, limit, 10)
    .addOption(new Option('--mode <mode>', 'words, meaning or both').choices(MODES).default('auto'))
    .option('--cursor <cursor>', 'goes on where another page ended')
    .option('--json', 'for programs: the whole answer', false)
    .addOption(
      new Option(
        '--color <when>',
        'whether words found are set off; by the terminal where left out',
      )
        .choices(['always', 'never'])
        .default('never'),
    )
    .action((words: string[], flags: Omit<SearchOptions, 'words'>) =>
      onData('search', async (context) =>
        (await import('./search.ts')).search(context, { ...flags, words }),
      ),
    )
}

/**
 * The words that call a command, with what only this process knows: whether a person looks at its
 * stdout. A server that runs the command for it cannot see that. What the caller said himself counts.
 */
export function tellTerminal(argv: string[], isTerminal: boolean): string[] {
  const [command, ...rest] = argv
  if (command !== 'search' || !isTerminal) return argv
  return [command, '--color', 'always', ...rest]
}

function addRepository(text: string, before: string[]): string[] {
  const name = parse(text)
  const kinds = new Set([...before, name].map((one) => one.endsWith('/*')))
  if (kinds.size > 1) throw new InvalidArgumentError('Name either repositories or accounts.')
  return [...before, name]
}

function parse(text: string): string {
  try {
    return parseRepositoryName(text)
  } catch (error) {
    if (error instanceof OperatorError) throw new InvalidArgumentError(error.mend)
    throw error
  }
}

function limit(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text) && Number(text) <= MOST) return Number(text)
  throw new InvalidArgumentError(`Say a whole number from 1 to ${MOST}.`)
}

export function defineTokens(program: Command, onData: OnData): void {
  const token = program.command('token').description('tokens by which programs come in')
  const json = ['--json', 'for programs', false] as const
  token
    .command('create')
    .description('make a token; it is shown only once')
    .option('--name <name>', 'to tell it from others')
    .option(...json)
    .action((flags: TokenOptions & { name?: string }) =>
      onData('token', async (context) => (await import('./token.ts')).create(context, flags)),
    )
  token
    .command('list')
    .description('show every token there was, never itself')
    .option(...json)
    .action((flags: TokenOptions) =>
      onData('token', async (context) => (await import('./token.ts')).list(context, flags)),
    )
  token
    .command('revoke')
    .description('end a token at once')
    .argument('[which]', 'its number or its name, as `whence token list` shows them')
    .option('--name <name>', 'the same')
    .option(...json)
    .action((argument: string | undefined, flags: TokenOptions & { name?: string }) => {
      const which = argument ?? flags.name
      if (which === undefined || (argument !== undefined && flags.name !== undefined))
        return token.error('error: say which token: its number or its name', { exitCode: 2 })
      return onData('token', async (context) =>
        (await import('./token.ts')).revoke(context, { ...flags, which }),
      )
    })
}
