import { type Command, InvalidArgumentError } from 'commander'
import type { OnBackend } from './backend.ts'
import type { CommandContext } from './context.ts'
import type { IngestOptions } from './ingest.ts'
import type { DatasetOptions, DeleteOptions } from './projects.ts'
import type { WhyOptions } from './why.ts'

type OnData = (name: string, run: (context: CommandContext) => Promise<number>) => Promise<void>

export function defineWhy(program: Command, onBackend: OnBackend): void {
  program
    .command('why')
    .description('tell which pull request brought lines of code, and what was said about them')
    .argument('<place>', 'path:line or path:line-line', lines)
    .requiredOption('--repo <name>', 'owner/name')
    .option('--ref <name>', 'a branch or a commit (default: the default branch)')
    .option('--json', 'print the answer as JSON', false)
    .action((place: Place, flags: Omit<WhyOptions, keyof Place>) =>
      onBackend('why', { services: 'database' }, async (terminal, backend) =>
        (await import('./why.ts')).why(terminal, backend, { ...flags, ...place }),
      ),
    )
}

type Place = Pick<WhyOptions, 'path' | 'line'>

function lines(text: string): Place {
  const [, path, line] = /^(.+):([1-9]\d{0,8}(?:-[1-9]\d{0,8})?)$/s.exec(text) ?? []
  if (path && line) return { path, line }
  throw new InvalidArgumentError('Expected a path and a line: src/read.ts:10 or src/read.ts:10-20.')
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
