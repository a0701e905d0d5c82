import { posix } from 'node:path'
import type { Command } from 'commander'
import type { OnBackend } from './backend.ts'
import type { CommandContext } from './context.ts'
import type { IngestOptions } from './ingest.ts'
import type { DatasetOptions, DeleteOptions } from './projects.ts'
import type { WhyOptions } from './why.ts'

type OnData = (name: string, run: (context: CommandContext) => Promise<number>) => Promise<void>

export function defineWhy(program: Command, onBackend: OnBackend): void {
  program
    .command('why')
    .description('tell which pull request brought code, and what was said about it')
    .argument('[place]', 'path:line, path:line-line, a path, or a commit')
    .requiredOption('--repo <name>', 'owner/name (default: that of the checkout you are in)')
    .option(
      '--ref <name>',
      'a branch or a commit (default: that of the checkout, or the default branch)',
    )
    .option('--within <folder>', 'the folder that the path starts from')
    .option('--symbol <name>', 'explain a declaration in the indexed code')
    .option('--text <text>', 'explain lines of the indexed code that have this text')
    .option('--history', 'tell also how the lines came to be', false)
    .option('--json', 'print the answer as JSON', false)
    .action((place: string | undefined, { within = '', history, ...flags }: WhyFlags) =>
      onBackend('why', { services: 'database' }, async (terminal, backend) =>
        (await import('./why.ts')).why(terminal, backend, {
          ...{ ...flags, ...placeOf(place, within) },
          ...(history && { history: 'true' }),
        }),
      ),
    )
}

type WhyFlags = Omit<WhyOptions, 'history'> & { within?: string; history: boolean }

/** Reads `path:10`, `path:10-20`, a commit, or a path. */
function placeOf(place: string | undefined, within: string): Partial<WhyOptions> {
  if (place === undefined) return {}
  const [, path, line] = /^(.+):([1-9]\d{0,8}(?:-[1-9]\d{0,8})?)$/s.exec(place) ?? []
  if (path && line) return { path: pathIn(within, path), line }
  return /^[0-9a-f]{7,40}$/i.test(place) ? { ref: place } : { path: pathIn(within, place) }
}

function pathIn(within: string, path: string): string {
  return posix.normalize(posix.join(within, path))
}

export function defineIngest(program: Command, onBackend: OnBackend): void {
  program
    .command('ingest')
    .description('ingest the code of a repository')
    .argument('<repository>', 'owner/name, or its address on GitHub')
    .requiredOption('--project <name>', 'the project; created if it does not exist')
    .option('--dataset <name>', 'the dataset of the project (default: the name of the repository)')
    .option('--branch <name>', 'the branch (default: the default branch)')
    .option('--sha <commit>', 'a commit of the branch (default: its newest)')
    .option('--shared', 'let the queries of other projects find it too', false)
    .option('--wait', 'wait until the job has ended', false)
    .option('--json', 'print the job as JSON', false)
    .action((repo: string, flags: Omit<IngestOptions, 'repo'>) =>
      onBackend('ingest', { services: 'all', works: flags.wait }, async (terminal, backend) =>
        (await import('./ingest.ts')).ingest(terminal, backend, { ...flags, repo }),
      ),
    )
}

export function defineProjects(program: Command, onData: OnData): void {
  const projects = program.command('projects').description('list, set or delete what is ingested')
  projects
    .command('list', { isDefault: true })
    .description('list projects, datasets and branches')
    .option('--json', 'print JSON: {"refs": […]}', false)
    .action((flags: { json: boolean }) =>
      onData('projects list', async (context) =>
        (await import('./projects.ts')).listProjects(context, flags),
      ),
    )
  projects
    .command('set')
    .description('change when a dataset is indexed again, or show it')
    .requiredOption('--project <name>', 'the project')
    .requiredOption('--dataset <name>', 'the dataset')
    .option('--schedule <rule>', '"every 6h", five cron fields with a time zone, or off')
    .option('--on-push', 'index it again after every push to a repository of an installation')
    .option('--no-on-push', 'do not')
    .option('--priority <place>', 'first, between or last, among the other work')
    .option('--json', 'print the dataset as JSON', false)
    .action((flags: DatasetOptions) =>
      onData('projects set', async (context) =>
        (await import('./projects.ts')).setDataset(context, flags),
      ),
    )
  projects
    .command('delete')
    .description('delete a dataset, or a repository in all datasets of a project')
    .requiredOption('--project <name>', 'the project')
    .option('--dataset <name>', 'the dataset')
    .option('--repo <name>', 'owner/name')
    .option('--json', 'print what was deleted as JSON', false)
    .action((flags: DeleteOptions) =>
      onData('projects delete', async (context) =>
        (await import('./projects.ts')).deleteProject(context, flags),
      ),
    )
}
