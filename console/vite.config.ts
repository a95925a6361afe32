/**
 * The console's build: hashed files in `dist/web`, which the API process serves. Nothing is inlined into the page or into styles, so that the
 * policy needs no exception; the theme's variables become a file here instead of a `<style>` at run time.
 */
import { defineConfig } from 'vite';
import { themeFile } from './build/theme-file.ts';

/** Libraries that the shell needs, and the parts that every page stands in. */
const BASE = new RegExp(
  [
    'node_modules/(react|react-dom|scheduler|react-router|cookie|set-cookie-parser|i18next|react-i18next|clsx)/',
    'node_modules/(@tanstack/(query-core|react-query)|@floating-ui/[^/]+|@mantine/hooks)/',
    'node_modules/@mantine/core/esm/(core|utils)/',
    'node_modules/@mantine/core/esm/components/(ActionIcon|Alert|Anchor|Badge|Button|CloseButton|Group|Input|InputBase|Loader|Overlay|Paper|Popover|Portal|Stack|Text|TextInput|Title|Tooltip|Transition|UnstyledButton)/',
    'console/src/(api|client|format|parts/(failure|icon|loaded|page|state|values))',
  ].join('|'),
);

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
    chunkSizeWarningLimit: 1_000,
    manifest: true,
    rolldownOptions: {
      // what every page is made of is one file: many small ones are larger together
      output: { codeSplitting: { groups: [{ name: 'base', test: BASE }] } },
      // "use client" is for servers that render; we have none
      onLog: (level, log, tell) => (log.code === 'MODULE_LEVEL_DIRECTIVE' ? undefined : tell(level, log)),
    },
  },
  // beside a running installation: PADO_API=http://127.0.0.1:PORT npx vite console
  server: { proxy: { '/v1': process.env['PADO_API'] ?? 'http://127.0.0.1:8080' } },
});
