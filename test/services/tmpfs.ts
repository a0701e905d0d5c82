import { spawnSync } from 'node:child_process'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'

/** True on a machine where a test may mount a disk of its own. */
export const mountable = canMount()

/** Ends the name of a test that is skipped elsewhere. */
export const needsMounts = mountable
  ? ''
  : ' [only on a machine that lets it mount a tmpfs: run as root on Linux]'

/** Calls `work` with a new disk of that size (as `4m`), mounted in `parent`. */
export async function withTmpfs(
  parent: string,
  size: string,
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = join(parent, `tmpfs-${size}`)
  await mkdir(folder)
  const options = `size=${size},mode=700`
  const mounted = spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', folder])
  if (mounted.status !== 0) throw new Error(`mount failed: ${mounted.stderr}`)
  try {
    await work(folder)
  } finally {
    spawnSync('umount', [folder])
  }
}

function canMount(): boolean {
  if (process.getuid?.() !== 0 || process.platform !== 'linux') return false
  const found = spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  return found.status === 0
}
