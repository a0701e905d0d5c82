import { operatorScope } from '#app/auth/scope.ts'
import { FatalError, OperatorError, RetryableError } from '#app/config/errors.server.ts'
import { openGithub } from '#app/github/client.ts'
import { namedRepositories } from '#app/github/named-repositories.ts'
import { verify as compare } from '#app/verify/verify.ts'
import { type CommandContext, note, print } from './context.ts'
import { renderVerification } from './render-verification.ts'
import { requireAccess } from './require-access.ts'
import { withDatabase } from './with-database.ts'

export interface VerifyOptions {
  repo: string[]
  json: boolean
}

/** Compares the copy with GitHub. @returns 0 if nothing differs except known gaps. */
export async function verify(context: CommandContext, options: VerifyOptions): Promise<number> {
  const { config, logger, signal } = context
  return withDatabase(context, async ({ pool }) => {
    await requireAccess(pool, config)
    const names = await namedRepositories(pool, config, options.repo)
    const verification = await compare({
      pool,
      github: openGithub({ pool, config, logger }),
      scope: operatorScope(),
      names,
      print: (line) => note(context, line),
      signal,
    }).catch(explainGap)
    await print(
      context,
      options.json ? JSON.stringify(verification, null, 2) : renderVerification(verification),
    )
    return verification.complete ? 0 : 1
  })
}

/** Explains an error of GitHub, which means neither complete nor different. */
function explainGap(error: unknown): never {
  if (error instanceof RetryableError || error instanceof FatalError)
    throw new OperatorError(
      `The comparison stopped because GitHub did not answer: ${error.message}`,
      'Run the command again later. `whence doctor` shows which credentials are in use.',
      { cause: error },
    )
  throw error
}
