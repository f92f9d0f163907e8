import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** The files that a page of `docs/` writes out: code blocks that begin with their path, by that path. */
export async function docModules(page: string): Promise<Readonly<Record<string, string>>> {
  const text = await readFile(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), 'utf8');
  const blocks = text.matchAll(/```ts\n\/\/ (modules\/\S+\.ts)\n([\s\S]*?)```/g);
  return Object.fromEntries([...blocks].map(([, path = '', code = '']) => [path, code]));
}

/** How many lines it has. */
export async function docLines(page: string): Promise<number> {
  const text = await readFile(fileURLToPath(new URL(`../../docs/${page}`, import.meta.url)), 'utf8');
  return text.trimEnd().split('\n').length;
}
