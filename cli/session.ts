import { recordEntry } from '#app/audit/record-entry.ts'
import { endSessions, listSessions, type Session } from '#app/auth/sessions.server.ts'
import { OperatorError } from '#app/config/errors.server.ts'
import { cliActor } from './actor.ts'
import { type CommandContext, note, print } from './context.ts'
import { withDatabase } from './with-database.ts'

export interface SessionOptions {
  json: boolean
}

/** Lists the browsers that are signed in. */
export async function list(context: CommandContext, { json }: SessionOptions): Promise<number> {
  return withDatabase(context, async ({ pool }) => {
    const sessions = await listSessions(pool, context.config)
    if (json) await print(context, JSON.stringify({ sessions }, null, 2))
    else if (sessions.length === 0) await note(context, 'No browser is signed in')
    else await print(context, sessions.map(renderSession).join('\n'))
    return 0
  })
}

/** @param id null ends all sessions. */
export async function end(
  context: CommandContext,
  { id, json }: SessionOptions & { id: string | null },
): Promise<number> {
  return withDatabase(context, async ({ pool, prisma }) => {
    const which = { whose: 'all', ...(id !== null && { id }) } as const
    const ended = await endSessions(pool, context.config, which)
    if (id !== null && ended === 0)
      throw new OperatorError(
        'No open session has that number',
        '`whence session list` shows the sessions.',
      )
    await recordEntry(await prisma(), {
      actor: cliActor(),
      action: 'session.ended',
      installationId: null,
      subject: id === null ? 'all sessions' : `session ${id}`,
      details: { ended },
    })
    const words = `Ended ${ended} session${ended === 1 ? '' : 's'}`
    await print(context, json ? JSON.stringify({ ended }) : words)
    return 0
  })
}

function renderSession({ id, login, userAgent, ...times }: Session): string {
  const facts = [
    `signed in ${minuteOf(times.createdAt)}`,
    `last seen ${minuteOf(times.lastSeenAt)}`,
    `ends ${minuteOf(times.expiresAt)}`,
  ]
  const who = login ?? 'operator'
  return `${id.padStart(4)}  ${who}, ${facts.join(', ')}: ${userAgent || 'unknown browser'}`
}

function minuteOf(time: Date): string {
  return `${time.toISOString().slice(0, 16)}Z`
}
