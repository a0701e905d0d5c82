const PASSED_ON = [
  'PATH',
  'TMPDIR',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'GIT_SSL_CAINFO',
  'SSH_AUTH_SOCK',
] as const
/** Is reached directly, as by the rest of the process (`routeThroughProxy`). */
const THIS_MACHINE = 'localhost,127.0.0.1,::1'

/** Returns the environment of every git process: what it needs of the parent's, and no settings of the machine. */
export function gitEnvironment(parent: Partial<NodeJS.ProcessEnv>): Record<string, string> {
  const { HTTPS_PROXY, HTTP_PROXY, NO_PROXY, https_proxy, http_proxy, no_proxy } = parent
  const httpProxy = http_proxy ?? HTTP_PROXY
  const httpsProxy = https_proxy ?? HTTPS_PROXY ?? httpProxy
  return {
    ...Object.fromEntries(PASSED_ON.map((name) => [name, parent[name]]).filter(hasValue)),
    ...(httpProxy && { http_proxy: httpProxy }),
    ...(httpsProxy && { https_proxy: httpsProxy }),
    no_proxy: [no_proxy ?? NO_PROXY, THIS_MACHINE].filter(Boolean).join(','),
    // No `~/.netrc`.
    HOME: '/nonexistent',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_ATTR_NOSYSTEM: '1',
    GIT_TERMINAL_PROMPT: '0',
    GIT_ASKPASS: '',
    // A command that connects allows the protocol of its address.
    GIT_ALLOW_PROTOCOL: 'none',
    GIT_NO_REPLACE_OBJECTS: '1',
  }
}

function hasValue(pair: (string | undefined)[]): pair is [string, string] {
  return pair[1] !== undefined
}
