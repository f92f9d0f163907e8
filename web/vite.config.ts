import { defineConfig } from 'vite';

/** Builds the page and the widget as files with fixed names, so that hosts can write one script tag and keep it. */
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
      output: {
        entryFileNames: 'progress-manager.js',
        assetFileNames: (asset) => (asset.names.some((name) => name.endsWith('.css')) ? 'page.css' : '[name][extname]'),
      },
    },
  },
});
