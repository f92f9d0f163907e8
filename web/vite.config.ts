import { resolve } from 'node:path';
import fg from 'fast-glob';
import { defineConfig } from 'vite';

const ROOT = resolve(import.meta.dirname, '..');

/** `modules/<name>/web/index.ts` of each module that has browser code. */
const modules = fg.sync('modules/*/web/index.ts', { cwd: ROOT });
const nameOf = (file: string) => file.split('/')[1] as string;

/**
 * Builds the page and the widget as files with fixed names, so that hosts can write one script tag and keep it; the
 * browser code of a module becomes `<name>.js` beside them.
 */
export default defineConfig({
  root: import.meta.dirname,
  base: './',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: false,
    assetsInlineLimit: 0, // a data: address would need its own permission in the content security policy
    cssCodeSplit: false,
    rolldownOptions: {
      input: {
        'progress-manager': resolve(import.meta.dirname, 'index.html'),
        ...Object.fromEntries(modules.map((file) => [nameOf(file), resolve(ROOT, file)])),
      },
      output: {
        entryFileNames: '[name].js',
        // Beside them, as all that is served: no address of an asset has a folder.
        chunkFileNames: '[name].js',
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith('.css')) ? 'page.css' : '[name][extname]'),
      },
    },
  },
});
