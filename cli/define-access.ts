import { type Command, InvalidArgumentError } from 'commander'
import type { CommandContext } from './context.ts'
import type { SessionOptions } from './session.ts'
import type { NewTokenOptions, TokenOptions } from './token.ts'

type OnData = (name: string, run: (context: CommandContext) => Promise<number>) => Promise<void>

const MOST_DAYS = 3_650

function expiry(text: string): number | 'never' {
  if (text === 'never') return text
  if (/^[1-9]\d{0,3}$/.test(text) && Number(text) <= MOST_DAYS) return Number(text)
  throw new InvalidArgumentError(`Expected a number of days from 1 to ${MOST_DAYS}, or never.`)
}

export function defineTokens(program: Command, onData: OnData): void {
  const token = program.command('token').description('manage API tokens')
  const json = ['--json', 'print JSON', false] as const
  token
    .command('create')
    .description('create a token; it is shown only once')
    .option('--name <name>', 'a name to recognise the token by')
    .option('--operate', 'let it also make changes: sync, cancel, retry, settings, erase', false)
    .option('--expires <days>', 'days until it expires, or never; 90 unless given', expiry)
    .option(...json)
    .action((flags: NewTokenOptions) =>
      onData('token', async (context) => (await import('./token.ts')).create(context, flags)),
    )
  token
    .command('list')
    .description(
      'list all tokens, including revoked and expired ones; the tokens themselves are never shown',
    )
    .option(...json)
    .action((flags: TokenOptions) =>
      onData('token', async (context) => (await import('./token.ts')).list(context, flags)),
    )
  token
    .command('revoke')
    .description('revoke a token; it stops working at once')
    .argument('[which]', 'the number or the name of the token, as `whence token list` shows it')
    .option('--name <name>', 'the same, as an option')
    .option(...json)
    .action((argument: string | undefined, flags: TokenOptions & { name?: string }) => {
      const which = argument ?? flags.name
      if (which === undefined || (argument !== undefined && flags.name !== undefined))
        return token.error('error: name one token, by its number or its name', { exitCode: 2 })
      return onData('token', async (context) =>
        (await import('./token.ts')).revoke(context, { ...flags, which }),
      )
    })
}

export function defineSessions(program: Command, onData: OnData): void {
  const session = program.command('session').description('manage the browsers that are signed in')
  const json = ['--json', 'print JSON', false] as const
  session
    .command('list')
    .description('list the sessions that have not ended')
    .option(...json)
    .action((flags: SessionOptions) =>
      onData('session', async (context) => (await import('./session.ts')).list(context, flags)),
    )
  session
    .command('end')
    .description('end a session; its browser has to sign in again')
    .argument('[id]', 'the number of the session, as `whence session list` shows it')
    .option('--all', 'end every session', false)
    .option(...json)
    .action((id: string | undefined, { all, json }: SessionOptions & { all: boolean }) => {
      if ((id === undefined) !== all)
        return session.error('error: name one session by its number, or --all', { exitCode: 2 })
      return onData('session', async (context) =>
        (await import('./session.ts')).end(context, { id: id ?? null, json }),
      )
    })
}
