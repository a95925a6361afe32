/**
 * The console's build: hashed files in `dist/web`, which the API process serves. Nothing is inlined into the page or into styles, so that the
 * policy needs no exception; the theme's variables become a file here instead of a `<style>` at run time.
 */
import { defineConfig } from 'vite';
import { themeFile } from './build/theme-file.ts';

export default defineConfig({
  root: import.meta.dirname,
  plugins: [themeFile()],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2023',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    manifest: true,
    rolldownOptions: {
      // "use client" is for servers that render; we have none
      onLog: (level, log, tell) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : tell(level, log)),
    },
  },
  // beside a running installation: PADO_API=http://127.0.0.1:PORT npx vite console
  server: { proxy: { '/v1': process.env['PADO_API'] ?? 'http://127.0.0.1:8080' } },
});
