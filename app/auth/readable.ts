/**
 * Ids that a statement found within a scope. Only a statement restricted to a scope (`visible()`, or a list
 * of such ids) gives its rows these types, so that a function which takes them cannot be called with any
 * other id.
 */
declare const brand: unique symbol

export type ReadableRepositoryId = string & { readonly [brand]: 'repository' }

export type ReadablePullRequestId = string & { readonly [brand]: 'pull_request' }
