import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** What a page's code prints, and what the page says that it prints. */
export interface PageRun {
  readonly printed: string;
  readonly promised: string;
}

/**
 * Compiles and runs all `ts` blocks of a page as one module. What a block prints stands below it in lines that start with
 * `// → `; spaces at the end of a line do not count.
 *
 * @param page path from the root, such as `docs/tournaments.md`
 * @param home package whose dependencies the page's imports resolve to, such as `packages/core`
 */
export function runPage(page: string, home: string): PageRun {
  const blocks = [...readFileSync(page, 'utf8').matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map(([, code = '']) => code);
  const folder = path.resolve(home, 'dist', 'pages', path.basename(page, '.md'));
  mkdirSync(folder, { recursive: true });
  const module = path.join(folder, 'page.ts');
  writeFileSync(module, `${blocks.join('\n')}\nexport {};\n`);
  const configuration = {
    extends: path.resolve('tsconfig.base.json'),
    compilerOptions: { isolatedDeclarations: false, declaration: false },
    include: ['page.ts'],
  };
  writeFileSync(path.join(folder, 'tsconfig.json'), JSON.stringify(configuration));
  compile(folder);
  const printed = execFileSync(process.execPath, ['--conditions=@scorekeep/source', module], { encoding: 'utf8' });
  const promised = blocks.join('').match(/^\/\/ →.*$/gm) ?? [];
  return { printed: lines(printed), promised: lines(promised.map((line) => line.replace(/^\/\/ → ?/, '')).join('\n')) };
}

/** The compiler says what is wrong on its standard output, which an error of the process leaves out. */
function compile(folder: string): void {
  try {
    execFileSync('tsc', ['--noEmit', '-p', folder], { encoding: 'utf8' });
  } catch (error) {
    throw new Error(`The page does not compile:\n${(error as { stdout?: string }).stdout}`, { cause: error });
  }
}

function lines(text: string): string {
  return text.replace(/ +$/gm, '').trim();
}
