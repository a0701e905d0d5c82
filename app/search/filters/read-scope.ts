import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import { type Scope, visible } from '#app/auth/scope.ts'
import { parametersOf } from '#app/database/parameters.ts'
import type { Queryable } from '#app/database/pool.server.ts'
import type { ConditionTree } from '../plan/condition-tree.ts'
import type { Plan } from '../plan/plan.ts'
import { searchedIn } from '../text/closing-issues.ts'
import { pullCondition } from './conditions.ts'

/** Returns the repositories to search: those that the viewer may read, narrowed by `repo:` and `org:`. */
export async function readScope(
  db: Queryable,
  scope: Scope,
  { condition }: Pick<Plan, 'condition'>,
): Promise<ReadableRepositoryId[]> {
  const { values, bind } = parametersOf()
  const named = repositoriesOf(condition)
  const narrowed = named ? [pullCondition(named, searchedIn([]))(bind)] : []
  const { rows } = await db.query<{ id: ReadableRepositoryId }>(
    `select r.id from repository r
     where ${[visible(scope, 'r')(bind), ...narrowed].join(' and ')}`,
    values,
  )
  return rows.map((row) => row.id)
}

/** Returns what a condition requires of the repository alone; null if nothing. */
function repositoriesOf(tree: ConditionTree): ConditionTree | null {
  switch (tree.kind) {
    case 'and': {
      const all = tree.all.flatMap((one) => repositoriesOf(one) ?? [])
      return all.length > 0 ? { kind: 'and', all } : null
    }
    case 'or': {
      const any = tree.any.flatMap((one) => repositoriesOf(one) ?? [])
      return any.length === tree.any.length ? { kind: 'or', any } : null
    }
    default:
      return isAboutRepository(tree) ? tree : null
  }
}

/** Returns true for a condition on nothing but the repository. */
function isAboutRepository(tree: ConditionTree): boolean {
  switch (tree.kind) {
    case 'and':
      return tree.all.every(isAboutRepository)
    case 'or':
      return tree.any.every(isAboutRepository)
    case 'not':
      return isAboutRepository(tree.one)
    case 'words':
      return false
    case 'filter':
      return tree.filter.kind === 'repo' || tree.filter.kind === 'org'
  }
}
