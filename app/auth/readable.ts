/**
 * Ids of what was found within a scope. Only a statement that holds to one (`visible()`, or a list of such ids)
 * gives its rows these types, so that a function which takes them cannot be called with an id from elsewhere.
 */
declare const found: unique symbol

export type ReadableRepositoryId = string & { readonly [found]: 'repository' }

export type ReadablePullRequestId = string & { readonly [found]: 'pull_request' }
