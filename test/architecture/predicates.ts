import ts from 'typescript'
import { everyNode, type Source, violation } from './sources.ts'

const PRODUCTION = /^(app|workers|server|cli)\//
const PREDICATES = /^app\/(database\/predicates|auth\/scope)\.ts$/
const MAKES_OPERATORS = /^(app\/auth\/|cli\/|server\/access\/admit-browser\.ts$)/

/** Patterns of conditions that have a named predicate, and where it is defined. */
const PARTS: [part: RegExp, name: string][] = [
  [/\bdeleted_at is (not )?null/, 'notDeleted() of app/database/predicates.ts'],
  [/\bhidden_at is (not )?null/, 'notHidden() of app/database/predicates.ts'],
  [/\bstate (not )?in \('queued', ?'running'/, 'isOpenRun() of app/database/predicates.ts'],
  [/\bstate (not )?in \('running', ?'paused'/, 'isActiveRun() of app/database/predicates.ts'],
  [
    /\b(where|and|or|not|on) \(?\w+\.active\b|(\b(where|not|on)|= \S+ (and|or)) \(?active\b/,
    'isActiveInstallation() of app/database/predicates.ts',
  ],
  [/\binstallation_id = any\s?\(/, 'operated() or visible() of app/auth/scope.ts'],
]

/** Reports SQL that repeats the condition of a predicate. */
export function checkPredicates(source: Source): string[] {
  if (!PRODUCTION.test(source.path) || PREDICATES.test(source.path)) return []
  return everyNode(source).flatMap((node) => {
    if (!isText(node)) return []
    const broken = PARTS.filter(([part]) => part.test(node.text))
    return broken.map(([, name]) => violation(source, node, `this condition is ${name}`))
  })
}

function isText(node: ts.Node): node is ts.LiteralLikeNode {
  return ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node)
}

/** Reports unauthorized use of the scope that contains everything. */
export function checkScopes(source: Source): string[] {
  if (!PRODUCTION.test(source.path) || MAKES_OPERATORS.test(source.path)) return []
  return everyNode(source)
    .filter((node) => ts.isIdentifier(node) && node.text === 'operatorScope')
    .map((node) =>
      violation(source, node, 'only the guard, tokens and the CLI make the scope of an operator'),
    )
}
