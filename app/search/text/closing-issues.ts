import type { ReadableRepositoryId } from '#app/auth/readable.ts'
import type { Bind } from '#app/database/parameters.ts'

/** A condition on passages (the alias of the table) without those whose issue the reader must not see. */
export type IsShown = (passage: string, bind: Bind) => string

/** For {@link isSearched} in a query that is written later. */
export function searchedIn(repositoryIds: readonly ReadableRepositoryId[]): IsShown {
  return (passage, bind) => isSearched(passage, repositoryIds, bind)
}

/**
 * Returns a condition that leaves out closing issues of repositories that are not searched: an issue belongs to
 * its own repository, although it is a passage of the pull request that closes it.
 *
 * @param passage alias of the table.
 */
export function isSearched(
  passage: string,
  repositoryIds: readonly ReadableRepositoryId[],
  bind: Bind,
): string {
  return `(${passage}.issue_repository is null or ${passage}.issue_repository = any(array(
    select node_id from repository where id = any(${bind(repositoryIds)}::bigint[]))))`
}
