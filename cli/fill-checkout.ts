import { tryGit } from '#app/code/git/run-git.ts'
import { parseRepositoryName } from '#app/github/repository-names.ts'

const LONGEST_MS = 5_000

/**
 * Adds to the arguments of `whence why` what the checkout says in which it is called: the repository, the last
 * commit that was pushed, and the folder. Other arguments are returned as they are.
 */
export async function fillCheckout(argv: string[], folder: string): Promise<string[]> {
  const isGiven = (flag: string) => argv.some((one) => one === flag || one.startsWith(`${flag}=`))
  if (argv[0] !== 'why' || isGiven('--repo') || isGiven('--help') || isGiven('-h')) return argv
  const git = (...args: string[]) => ask(folder, args)
  const address = await git('remote', 'get-url', 'origin')
  const repository = nameOf(address)
  if (repository === null) return argv
  const pushed = await git('merge-base', 'HEAD', '@{upstream}')
  const ref = pushed === '' ? await git('rev-parse', '--verify', 'HEAD') : pushed
  const within = await git('rev-parse', '--show-prefix')
  return [
    ...['why', '--repo', repository],
    ...(ref === '' || isGiven('--ref') ? [] : ['--ref', ref]),
    ...(within === '' ? [] : ['--within', within]),
    ...argv.slice(1),
  ]
}

/** Returns the answer of git; nothing where it has none, or is not there. */
async function ask(folder: string, args: string[]): Promise<string> {
  try {
    const signal = AbortSignal.timeout(LONGEST_MS)
    const { code, stdout } = await tryGit({ folder, args, signal })
    return code === 0 ? stdout.trim() : ''
  } catch {
    return ''
  }
}

function nameOf(address: string): string | null {
  try {
    return address === '' ? null : parseRepositoryName(address).replace(/\.git$/i, '')
  } catch {
    return null
  }
}
