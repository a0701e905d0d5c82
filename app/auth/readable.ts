/**
 * Ids that a statement found within a scope. Only a statement restricted to a scope (`visible()`, or a list
 * of such ids) gives its rows these types, so that a function which takes them cannot be called with any
 * other id.
 */
declare const found: unique symbol

export type ReadableRepositoryId = string & { readonly [found]: 'repository' }

export type ReadablePullRequestId = string & { readonly [found]: 'pull_request' }
