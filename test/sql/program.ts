import { join } from 'node:path'
import ts from 'typescript'
import { everyNode, ROOT } from '../architecture/sources.ts'

export interface Product {
  checker: ts.TypeChecker
  /** The files of the product, without imported packages. */
  files: ts.SourceFile[]
  /** The exports of each module that declares tables, by file; statements are rendered from them. */
  modules: ReadonlyMap<string, Record<string, unknown>>
  /** All identifiers, by name. */
  uses: ReadonlyMap<string, readonly ts.Identifier[]>
}

// Other packages are not read, to save most of the time: their types, and types that use them, are unknown.
const READ = /^(\.|#(?!app\/generated)|pg$|zod$|node:)/

const FOLDERS = ['app', 'cli', 'server', 'workers'].map((folder) => join(ROOT, folder, '/'))

/**
 * Parses the whole product once, with its types.
 *
 * @param more texts of additional files, by path.
 */
export async function openProduct(more: Record<string, string> = {}): Promise<Product> {
  const { options, fileNames } = readSettings()
  const added = new Map(Object.entries(more).map(([path, text]) => [join(ROOT, path), text]))
  const host = ts.createCompilerHost(options)
  host.resolveModuleNameLiterals = (names, from) =>
    names.map(({ text }) =>
      READ.test(text)
        ? ts.resolveModuleName(text, from, options, host)
        : { resolvedModule: undefined },
    )
  const readFile = host.readFile.bind(host)
  host.readFile = (file) => added.get(file) ?? readFile(file)
  const names = [...fileNames.filter(isOurs), ...added.keys()]
  const program = ts.createProgram(names, options, host)
  const files = program.getSourceFiles().filter(({ fileName }) => isOurs(fileName))
  const modules = await importTables(files)
  return { checker: program.getTypeChecker(), files, modules, uses: usesOf(files) }
}

async function importTables(files: ts.SourceFile[]): Promise<Product['modules']> {
  const modules = new Map<string, Record<string, unknown>>()
  for (const { fileName, text } of files)
    if (/define-table|defineTable/.test(text)) modules.set(fileName, await import(fileName))
  return modules
}

function isOurs(file: string): boolean {
  return FOLDERS.some((folder) => file.startsWith(folder)) && !file.includes('/app/generated/')
}

function readSettings(): Pick<ts.ParsedCommandLine, 'fileNames' | 'options'> {
  const host = { ...ts.sys, onUnRecoverableConfigFileDiagnostic: stop }
  const settings = ts.getParsedCommandLineOfConfigFile(join(ROOT, 'tsconfig.json'), {}, host)
  if (!settings) throw new Error('tsconfig.json is missing')
  const { options, fileNames } = settings
  return { fileNames, options: { ...options, lib: ['lib.es2023.d.ts'], types: ['node'] } }
}

function stop({ messageText }: ts.Diagnostic): never {
  throw new Error(ts.flattenDiagnosticMessageText(messageText, '\n'))
}

function usesOf(files: ts.SourceFile[]): Map<string, ts.Identifier[]> {
  const uses = new Map<string, ts.Identifier[]>()
  for (const node of files.flatMap(nodesOf)) {
    if (!ts.isIdentifier(node)) continue
    const known = uses.get(node.text)
    if (known) known.push(node)
    else uses.set(node.text, [node])
  }
  return uses
}

function nodesOf(tree: ts.SourceFile): ts.Node[] {
  return everyNode({ path: tree.fileName, text: tree.text, tree })
}
