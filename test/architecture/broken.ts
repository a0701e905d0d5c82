import { checkConnections } from './connections.ts'
import { checkForms } from './forms.ts'
import { checkHandles } from './handles.ts'
import { checkImports } from './imports.ts'
import { checkPredicates, checkScopes } from './predicates.ts'
import { checkSizes } from './sizes.ts'
import type { Source } from './sources.ts'

interface Broken {
  check: (source: Source) => string[]
  path: string
  text: string
  /** Path and line of the violation, followed by a part of the rule. */
  says: string
}

const lines = (count: number) => '  step()\n'.repeat(count)

/** A source that breaks each rule, to test the checks themselves. */
export const BROKEN: Broken[] = [
  ...[
    ['app/ledger/a.ts', '#workers/relay.ts', 'app/ never imports workers/'],
    ['app/ledger/a.ts', '../../server/boot.ts', 'app/ never imports workers/, server/'],
    ['app/ledger/a.ts', '../routes/search.tsx', 'the core of app/ never imports routes'],
    ['app/ledger/a.ts', '#scripts/steps.mjs', 'what ships never imports'],
    ['app/components/a.tsx', '@remix-run/react', '@remix-run is imported in routes'],
    ['workers/relay.ts', '@remix-run/node', '@remix-run is imported in routes'],
    ['workers/relay.ts', '#app/routes/search.tsx', 'workers/ imports the core of app/'],
    ['workers/relay.ts', '#app/components/card.tsx', 'workers/ imports the core of app/'],
    ['workers/relay.ts', '#cli/main.ts', 'workers/ never imports server/ or cli/'],
    ['workers/transform/a.ts', '#workers/extraction/b.ts', 'a stage never imports another'],
    ['workers/transform/a.ts', '../embedding/b.ts', 'a stage never imports another'],
    ['server/boot.ts', '#test/setup.ts', 'what ships never imports test/'],
    ['scripts/start.mjs', 'commander', 'scripts/ runs before anything is installed: Node alone'],
  ].flatMap(([path = '', specifier = '', rule = '']) => [
    imports(path, `import { a } from '${specifier}'`, rule),
    imports(path, `import type { A } from '${specifier}'`, rule),
    imports(path, `export * from '${specifier}'`, rule),
    imports(path, `void import('${specifier}')`, rule),
  ]),
  ...[
    ['select from pull_request p where p.deleted_at is null', 'notDeleted()'],
    ['select from pull_request where deleted_at is not null', 'notDeleted()'],
    ['where r.hidden_at is null', 'notHidden()'],
    ["update run set version = 1 where state in ('queued', 'running', 'paused')", 'isOpenRun()'],
    ["where r.state not in ('running', 'paused')", 'isActiveRun()'],
    ['select from installation where active', 'isActiveInstallation()'],
    ['where id = $1 and not i.active', 'isActiveInstallation()'],
    ['where id = $1 and active order by id', 'isActiveInstallation()'],
    ['where r.installation_id = any($1)', 'operated() or visible()'],
  ].map(([sql = '', name = '']) => spells(sql, name)),
  spells('where r.installation_id = any($1)', 'operated()', 'cli/a.ts'),
  grants('workers/a.ts', 'const scope = operatorScope()'),
  grants('server/metrics.ts', 'const { operatorScope } = scopes'),
  ...['@prisma/client', '#app/generated/prisma/client.ts', '#app/database/prisma.server.ts'].map(
    (specifier) => imports('cli/a.ts', `import { A } from '${specifier}'`, 'Prisma is loaded by'),
  ),
  reaches('server/metrics.ts', 'readWorkers(database.pool)'),
  reaches('server/web.ts', 'const { direct } = database'),
  reaches('server/web.ts', 'openDecisions({ ...services.database, logger })'),
  reaches('app/mcp/a.ts', "import { transaction } from '#app/database/transaction.server.ts'"),
  connects('new Pool({})', 'no Pool is made at import'),
  connects('export const db = new PrismaClient({ adapter })', 'no PrismaClient is made'),
  connects('const queues = { a: new Queue("a") }', 'no Queue is made'),
  connects('await start()', 'nothing is awaited at import'),
  connects('for await (const a of b) step(a)', 'nothing is awaited at import'),
  connects('client.connect()', 'no client.connect() is called'),
  connects('const answer = fetch(url)', 'no fetch() is called'),
  connects('(() => { new Redis() })()', 'no Redis is made'),
  connects('class A { static a = new Redis() }', 'no Redis is made'),
  sized('app/a.ts', lines(401), '401 lines: a file has 400 at most'),
  sized('app/a.ts', `function long() {\n${lines(59)}}`, 'long has 61 lines: 60 at most'),
  sized('app/a.ts', `const long = () => {\n${lines(59)}}`, 'long has 61 lines: 60 at most'),
  sized(
    'test/a.test.ts',
    `test('a', () => {\n${lines(59)}})`,
    'a function has 61 lines: 60 at most',
  ),
  sized('app/routes/a.tsx', `export function loader() {\n${lines(39)}}`, 'loader has 41 lines: 40'),
  sized('app/routes/a.tsx', `export function action() {\n${lines(59)}}`, 'action has 61 lines: 60'),
  sized('app/a.tsx', `function A() {\n${lines(118)}return <p />\n}`, 'A has 121 lines: 120'),
  sized('app/a.ts', 'function many(a, b, c, d, e) {}', 'many takes 5 parameters: 4 at most'),
  formed('app/ledger/utils.ts', '', '"utils" names a bin'),
  formed('app/helpers/run.ts', '', '"helpers" names a bin'),
  formed('app/sync-service.server.ts', '', '"sync-service" names a bin'),
  formed('app/relay-v2.ts', '', '"relay-v2" names a bin'),
  formed('app/runWork.ts', '', 'file names are kebab-case'),
  formed('app/queues/all.ts', "export * from './a.ts'\nexport { b } from './b.ts'", 'no barrels'),
  formed('app/a.ts', 'export default function a() {}', 'named exports'),
  formed('app/a.ts', 'export default 1', 'named exports'),
  formed('app/a.ts', 'const a = 1\nexport { a as default }', 'named exports', 2),
  formed('app/a.ts', 'enum A { B }', 'a union of literals instead of an enum'),
  formed('app/a.ts', 'class A {}', 'no classes but errors'),
  formed('app/a.ts', 'const A = class extends Map {}', 'no classes but errors'),
]

function imports(path: string, text: string, rule: string): Broken {
  return { check: checkImports, path, text, says: `${path}:1: ${rule}` }
}

function spells(sql: string, name: string, path = 'app/sync/a.ts'): Broken {
  const text = `const sql = \`\${a} ${sql} \${b}\``
  return { check: checkPredicates, path, text, says: `${path}:1: this condition is ${name}` }
}

function grants(path: string, text: string): Broken {
  return { check: checkScopes, path, text, says: `${path}:1: only the guard, tokens and the CLI` }
}

function reaches(path: string, text: string): Broken {
  return { check: checkHandles, path, text, says: `${path}:1: requests use readers` }
}

function connects(text: string, rule: string): Broken {
  const path = 'workers/a.ts'
  return { check: checkConnections, path, text: `\n${text}`, says: `${path}:2: ${rule}` }
}

function sized(path: string, text: string, rule: string): Broken {
  return { check: checkSizes, path, text, says: `${path}:1: ${rule}` }
}

function formed(path: string, text: string, rule: string, line = 1): Broken {
  return { check: checkForms, path, text, says: `${path}:${line}: ${rule}` }
}
