/** Languages by the names of GitHub Linguist. */
const EXTENSIONS: Record<string, string> = {
  Assembly: 'asm s',
  Batchfile: 'bat cmd',
  C: 'c h',
  'C#': 'cs csx',
  'C++': 'cc cpp cxx c++ hh hpp hxx h++ inl ipp tpp cppm ixx',
  CMake: 'cmake',
  CSS: 'css',
  CSV: 'csv',
  Clojure: 'clj cljs cljc edn',
  CoffeeScript: 'coffee',
  'Common Lisp': 'lisp cl',
  Crystal: 'cr',
  Cuda: 'cu cuh',
  D: 'd',
  Dart: 'dart',
  Dockerfile: 'dockerfile',
  Elixir: 'ex exs',
  Elm: 'elm',
  'Emacs Lisp': 'el',
  Erlang: 'erl hrl',
  'F#': 'fs fsi fsx',
  Fortran: 'f f90 f95 f03 f08',
  GLSL: 'glsl vert frag',
  Go: 'go',
  GraphQL: 'graphql gql',
  Groovy: 'groovy gradle',
  HCL: 'hcl tf tfvars',
  HTML: 'html htm xhtml',
  Haskell: 'hs',
  INI: 'ini cfg',
  JSON: 'json jsonl geojson webmanifest',
  'JSON with Comments': 'jsonc code-workspace',
  Java: 'java',
  JavaScript: 'js mjs cjs jsx es6',
  Julia: 'jl',
  'Jupyter Notebook': 'ipynb',
  Kotlin: 'kt kts',
  Less: 'less',
  Lua: 'lua',
  Makefile: 'mk mak',
  Markdown: 'md markdown mdown mkd',
  MDX: 'mdx',
  Meson: '',
  Nim: 'nim',
  Nix: 'nix',
  OCaml: 'ml mli',
  'Objective-C': 'm',
  'Objective-C++': 'mm',
  PHP: 'php phtml php3 php4 php5',
  PLpgSQL: 'pgsql',
  Perl: 'pl pm t',
  PowerShell: 'ps1 psm1 psd1',
  'Protocol Buffer': 'proto',
  Python: 'py pyi pyw',
  R: 'r',
  Ruby: 'rb rake gemspec ru',
  Rust: 'rs',
  SCSS: 'scss',
  SQL: 'sql',
  SVG: 'svg',
  Sass: 'sass',
  Scala: 'scala sc sbt',
  Scheme: 'scm ss',
  Shell: 'sh bash zsh ksh bats',
  Solidity: 'sol',
  Svelte: 'svelte',
  Swift: 'swift',
  TOML: 'toml',
  TSV: 'tsv',
  TSX: 'tsx',
  TeX: 'tex sty cls',
  Text: 'txt',
  TypeScript: 'ts mts cts',
  'Vim Script': 'vim',
  'Visual Basic .NET': 'vb',
  Vue: 'vue',
  WebAssembly: 'wat wast',
  XML: 'xml xsd xsl xslt csproj vcxproj plist',
  YAML: 'yml yaml',
  Zig: 'zig',
  reStructuredText: 'rst',
}

const FILENAMES: Record<string, string> = {
  'cmakelists.txt': 'CMake',
  'meson.build': 'Meson',
  containerfile: 'Dockerfile',
  dockerfile: 'Dockerfile',
  gemfile: 'Ruby',
  gnumakefile: 'Makefile',
  jenkinsfile: 'Groovy',
  makefile: 'Makefile',
  'makefile.am': 'Makefile',
  rakefile: 'Ruby',
  vagrantfile: 'Ruby',
  '.bash_profile': 'Shell',
  '.bashrc': 'Shell',
  '.editorconfig': 'INI',
  '.gitconfig': 'INI',
  '.profile': 'Shell',
  '.zshrc': 'Shell',
}

const INTERPRETERS: Record<string, string> = {
  ...{ bash: 'Shell', dash: 'Shell', ksh: 'Shell', sh: 'Shell', zsh: 'Shell' },
  ...{ bun: 'TypeScript', deno: 'TypeScript', 'ts-node': 'TypeScript', tsx: 'TypeScript' },
  ...{ node: 'JavaScript', lua: 'Lua', make: 'Makefile', perl: 'Perl', php: 'PHP' },
  ...{ pwsh: 'PowerShell', python: 'Python', ruby: 'Ruby', Rscript: 'R', elixir: 'Elixir' },
}

/** Names that `linguist-language` may use instead. */
const ALIASES: Record<string, string> = {
  ...{ bash: 'Shell', sh: 'Shell', cpp: 'C++', csharp: 'C#', golang: 'Go', js: 'JavaScript' },
  ...{ objc: 'Objective-C', protobuf: 'Protocol Buffer', py: 'Python', rb: 'Ruby', rs: 'Rust' },
  ...{ ts: 'TypeScript', yml: 'YAML' },
}

const BY_EXTENSION = new Map(
  Object.entries(EXTENSIONS).flatMap(([language, list]) =>
    list.split(' ').map((extension) => [extension, language] as const),
  ),
)
const BY_FILENAME = new Map(Object.entries(FILENAMES))
const BY_INTERPRETER = new Map(Object.entries(INTERPRETERS))
const BY_NAME = new Map([
  ...Object.keys(EXTENSIONS).map((name) => [name.toLowerCase(), name] as const),
  ...Object.entries(ALIASES),
])

const SHEBANG = /^#!\s?(?:\S{0,200}\/)?(?:env\s(?:-S\s)?)?([A-Za-z-]{1,20})/

/**
 * Returns the language of a file by its name, its extension or the interpreter in its first line, or null.
 * The extension of a header, `.h`, says C.
 */
export function detectLanguage(path: string, firstLine: string): string | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase()
  const extension = name.slice(name.lastIndexOf('.') + 1)
  const interpreter = SHEBANG.exec(firstLine.slice(0, 300))?.[1] ?? ''
  return (
    BY_FILENAME.get(name) ??
    (extension !== name ? BY_EXTENSION.get(extension) : undefined) ??
    BY_INTERPRETER.get(interpreter) ??
    null
  )
}

/** Returns the language that `linguist-language` names; one that is not known keeps the name as it is. */
export function languageByName(name: string): string {
  const spaced = name.replaceAll('-', ' ').toLowerCase()
  return BY_NAME.get(name.toLowerCase()) ?? BY_NAME.get(spaced) ?? name
}
