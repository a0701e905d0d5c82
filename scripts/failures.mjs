/** A failure that a person can fix: printed as a reason and a hint, never as a stack trace. */
export class HintedError extends Error {
  /** @param {{ details?: string, exitCode?: number }} [more] details: the last output of the tool */
  constructor(reason, hint, more = {}) {
    super(reason)
    this.name = 'MendableError'
    this.hint = hint
    this.details = more.details ?? ''
    this.exitCode = more.exitCode ?? 1
  }
}

const KNOWN = [
  [
    /ENOSPC|no space left on device/i,
    'The disk is full.',
    'Free some space (about 1 GB is needed), then run the same command again.',
  ],
  [
    /EROFS|read-only file system/i,
    'The folder is on a read-only file system.',
    'Move the checkout to a writable disk, then run the same command again.',
  ],
  [
    /EACCES|EPERM|permission denied/i,
    'A file or folder is not writable.',
    'Give your user write access to this folder and to npm’s cache (`npm config get cache`), then run the same command again.',
  ],
  [
    /npm ci.*can only install|EUSAGE|not in sync|Missing: .* from lock file/i,
    'package.json and package-lock.json do not agree.',
    'Run `npm install` and commit package-lock.json, or undo the change with `git checkout package.json package-lock.json`.',
  ],
  [
    /EINTEGRITY|sha512.*integrity/i,
    'A downloaded package does not match package-lock.json.',
    'Run `npm cache verify`, then the same command again. If it fails again, the registry serves a different file.',
  ],
  [
    /SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER|VERIFY)|CERT_/,
    'Node does not trust the certificate of the package registry.',
    'Set NODE_EXTRA_CA_CERTS to your organisation’s certificate file, then run the same command again.',
  ],
  [
    /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ENOTCACHED|ERR_SOCKET_TIMEOUT|network/i,
    'The package registry cannot be reached.',
    'Check the network and the proxy settings (`npm ping` shows whether the registry answers), then run the same command again. Packages in npm’s cache are not fetched again.',
  ],
  [
    /\bE40[134]\b|401 Unauthorized|403 Forbidden|404 Not Found/,
    'The package registry refused a package.',
    'Check `npm config get registry` and your login there, then run the same command again.',
  ],
]

/** Finds the reason in a tool's output; falls back to the tool's own message if it is unknown. */
export function explain(what, output, fallbackHint) {
  const known = KNOWN.find(([pattern]) => pattern.test(output))
  const details = lastWords(output)
  if (known) return new HintedError(`${what} failed. ${known[1]}`, known[2], { details })
  return new HintedError(`${what} failed.`, fallbackHint, { details })
}

/** Removes stack traces, and npm's usage text, which would hide the reason. */
function lastWords(output) {
  const lines = output
    .split(/npm error (?:Clean install a project|Usage:)/)[0]
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter(
      (line) =>
        !/^$|^npm error$|^npm warn (?!tar)|A complete log of this run|^(?:npm error)?\s+at /.test(
          line,
        ),
    )
  return lines.slice(-12).join('\n')
}

/** Prints the reason and the hint. Returns the exit code. */
export function report(error) {
  const failure =
    error instanceof HintedError
      ? error
      : explain('Preparing Whence', String(error?.message ?? error), '')
  if (failure.details) console.error(`\n${failure.details.replace(/^/gm, '    ')}`)
  console.error(`\nReason: ${failure.message}`)
  if (failure.hint) console.error(`Hint:   ${failure.hint}`)
  return failure.exitCode
}
