/** How the test of a fresh clone runs a documented command. */
export interface Recipe {
  command: RegExp
  /** The exit code, 0 if absent. */
  code?: number
  /** A process that runs until it is stopped: what it prints once it works. */
  serves?: RegExp
  /** A command that must succeed after it, in the same shell. */
  check?: string
  /** The command needs the services that `scripts/services.sh start` names. */
  services?: true
  /** Why the test does not run it. */
  not?: string
}

const READY = /Whence is ready at http:\S+/

const RECIPES: Recipe[] = [
  { command: /^npm run demo$/, serves: READY },
  { command: /npm start$/, serves: READY },
  { command: /^npm run whence -- serve /, serves: READY },
  { command: /^npm run whence -- work$/, serves: /Worker \S+ is ready/, services: true },
  { command: /^curl -N /, serves: /event: snapshot/ },
  // The demo has no repository to clone.
  { command: /^npm run whence -- (?:ingest|projects (?:set|delete)|why) /, code: 1 },
  // The documented job has ended without failures by then.
  { command: /^npm run whence -- (?:retry|cancel|deliveries redeliver) /, code: 1 },
  // Without an App there are no deliveries.
  { command: /^npm run whence -- deliveries pull$/, code: 1 },
  { command: /^(?:GITHUB_TOKEN=\S+ )?npm run whence -- / },
  { command: /^curl -/ },
  { command: /^npm test$/, not: 'it is what runs the other tests' },
  { command: /^npm test -- unit$/, not: 'it is what runs the other tests' },
  { command: /^npm run test:machines$/, not: 'it is what runs this test' },
  { command: /^npm test -- / },
  { command: /^npm install && npm run lock$/ },
  { command: /^eval "\$\(scripts\/services\.sh /, check: 'test "$DATABASE_URL" -a "$REDIS_URL"' },
  { command: /^scripts\/services\.sh / },
  { command: /^(?:mkdir|openssl|echo) / },
  { command: /^(?:export WHENCE_URL=|read -rs )/, not: 'it is for a machine without Whence' },
  { command: /^docker compose /, not: 'it needs a container engine' },
  { command: /^ollama /, not: 'it needs Ollama' },
]

export function recipeOf(command: string): Recipe | undefined {
  return RECIPES.find((recipe) => recipe.command.test(command))
}
