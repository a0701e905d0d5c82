import { OperatorError } from '#app/config/errors.server.ts'

interface DatabaseProblem {
  matches: RegExp
  problem: string
  hint: string
}

// Codes of PostgreSQL (five characters), of the system or of TLS, or messages of `pg`.
const PROBLEMS: DatabaseProblem[] = [
  {
    matches: /^28/,
    problem: 'refuses the login',
    hint: 'Correct the user and password in DATABASE_URL.',
  },
  {
    matches: /^3D000$/,
    problem: 'server does not have it',
    hint: 'Create the database (`createdb NAME`), or correct the name at the end of DATABASE_URL.',
  },
  {
    matches: /^42501$/,
    problem: 'denies a permission that Whence needs',
    hint: 'Make the user of DATABASE_URL the owner of the database, or grant it all privileges on the database and on its schema public.',
  },
  {
    matches: /^(53100|ENOSPC)$/,
    problem: 'has no space left',
    hint: 'Free some space on its disk and start again; nothing was left half-done.',
  },
  {
    matches: /^53300$/,
    problem: 'has no free connection',
    hint: 'Raise max_connections on the PostgreSQL server, or close other connections.',
  },
  {
    // What PgBouncer answers whatever the reason.
    matches: /^08P01$/,
    problem: 'is behind a pooler that refuses the connection',
    hint: "Check the pooler's settings for this database and user, and remove `options` from DATABASE_URL and PGOPTIONS from the environment.",
  },
  {
    matches: /^57P/,
    problem: 'is starting or stopping',
    hint: 'Start Whence again when PostgreSQL is ready.',
  },
  {
    matches: /CERT|SELF_SIGNED|SSL|TLS|EPROTO/,
    problem: 'and this machine cannot agree on TLS',
    hint: 'Correct sslmode and sslrootcert in DATABASE_URL, or the certificate of the server.',
  },
  {
    matches: /^(ENOTFOUND|EAI_AGAIN)$/,
    problem: 'has an unknown host',
    hint: 'Correct the host in DATABASE_URL.',
  },
  {
    matches: /timeout|ETIMEDOUT/i,
    problem: 'does not answer in time',
    hint: 'Check the host and port in DATABASE_URL: PostgreSQL must listen there, and no firewall may block this machine.',
  },
]

const UNKNOWN: DatabaseProblem = {
  matches: /./,
  problem: 'does not answer',
  hint: 'Check DATABASE_URL, and that PostgreSQL is running and accepts this user.',
}

/** Returns an error with a hint for an error of the database connection. */
export function explainDatabase(cause: NodeJS.ErrnoException): OperatorError {
  const { problem, hint } = databaseProblem(cause) ?? UNKNOWN
  return new OperatorError(`The database ${problem}: ${cause.message || cause.code}`, hint, {
    cause,
  })
}

/** Explains errors that the operator can fix; returns any other error unchanged. */
export function explainIfKnown(cause: unknown): unknown {
  return cause instanceof Error && !(cause instanceof OperatorError) && databaseProblem(cause)
    ? explainDatabase(cause)
    : cause
}

function databaseProblem(cause: NodeJS.ErrnoException): DatabaseProblem | undefined {
  return PROBLEMS.find(({ matches }) => matches.test(cause.code ?? cause.message))
}
