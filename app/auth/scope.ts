declare const granted: unique symbol

/**
 * What a viewer may read. Every read path takes one; only this folder can make one, so that code
 * which forgets to ask does not compile. `installations: null` is all of them. A repository is in
 * scope when its installation is, and it is not hidden.
 */
export interface Scope {
  readonly installations: readonly string[] | null
  readonly [granted]: true
}

/** The person who runs Whence: the browser on loopback, a session from the operator link, the CLI. */
export function operatorScope(): Scope {
  return { installations: null } as Scope
}

/** For what was read once for several viewers: whether this one may see what belongs there. */
export function seesInstallation(scope: Scope, installationId: string): boolean {
  return scope.installations?.includes(installationId) ?? true
}
