import { type Command, InvalidArgumentError } from 'commander'
import { positive, repositoryArgument } from './arguments.ts'
import type { AuditOptions } from './audit.ts'
import type { CommandContext } from './context.ts'
import type { PurgeOptions } from './purge.ts'
import type { SettingsOptions } from './settings.ts'

type OnData = (name: string, run: (context: CommandContext) => Promise<number>) => Promise<void>

/** Defines the commands that change settings and erase copies. */
export function defineLeaving(program: Command, onData: OnData): void {
  program
    .command('settings')
    .description('show or change the settings of the installations')
    .option('--installation <number>', 'the number of an installation', oneNumber)
    .option('--set <field=value...>', 'change a field, such as history=all', [])
    .option('--dry-run', 'print what a change would do, but change nothing', false)
    .option('--json', 'print JSON', false)
    .action((flags: SettingsOptions) =>
      onData('settings', async (context) =>
        (await import('./settings.ts')).settings(context, flags),
      ),
    )
  program
    .command('purge')
    .description('erase the copy of repositories or installations now')
    .option('--repo <name...>', 'owner/name or a GitHub URL; can be repeated', oneRepository, [])
    .option('--installation <number...>', 'the number of an installation', installationNumber, [])
    .option('--dry-run', 'print the counts, but delete nothing', false)
    .option('--json', 'print JSON: {"purged": […]}', false)
    .action((flags: PurgeOptions) =>
      onData('purge', async (context) => (await import('./purge.ts')).purge(context, flags)),
    )
  program
    .command('erase-person')
    .description('erase everything that a person wrote, also in raw records')
    .argument('<login>', 'the login on GitHub, as a page or a search shows it')
    .option('--json', 'print JSON: {"erased": …}', false)
    .action((login: string, { json }: { json: boolean }) =>
      onData('erase-person', async (context) =>
        (await import('./purge.ts')).erasePerson(context, { login, json }),
      ),
    )
}

/** Defines the commands that read the audit log. */
export function defineAudit(program: Command, onData: OnData): void {
  const audit = program.command('audit').description('show who did what, and check that log')
  const json = ['--json', 'print JSON', false] as const
  audit
    .command('list')
    .description('list the latest entries, newest first')
    .option('--limit <count>', 'how many', positive, 50)
    .option(...json)
    .action((flags: AuditOptions & { limit: number }) =>
      onData('audit', async (context) => (await import('./audit.ts')).list(context, flags)),
    )
  audit
    .command('verify')
    .description('check that no entry was changed, removed or inserted')
    .option(...json)
    .action((flags: AuditOptions) =>
      onData('audit', async (context) => (await import('./audit.ts')).verify(context, flags)),
    )
}

function oneRepository(text: string, before: string[]): string[] {
  if (text.endsWith('/*'))
    throw new InvalidArgumentError('Name each repository, or use --installation.')
  return repositoryArgument(text, before)
}

function installationNumber(text: string, before: string[]): string[] {
  return [...before, oneNumber(text)]
}

function oneNumber(text: string): string {
  if (/^[1-9]\d{0,17}$/.test(text)) return text
  throw new InvalidArgumentError('Expected a number; `whence settings` lists the installations.')
}
