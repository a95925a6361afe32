/**
 * `virtual:theme.css`: the variables of our Mantine theme as a file. Mantine would put them into a `<style>` of the page, which the policy forbids.
 */
import { convertCssVariables, defaultCssVariablesResolver, DEFAULT_THEME, mergeMantineTheme } from '@mantine/core';
import type { Plugin } from 'vite';
import { theme } from '../src/styles/theme.ts';

const NAME = 'virtual:theme.css';

export function themeFile(): Plugin {
  return {
    name: 'theme-file',
    resolveId: (id) => (id === NAME ? `\0${NAME}` : undefined),
    load: (id) =>
      id === `\0${NAME}`
        ? convertCssVariables(defaultCssVariablesResolver(mergeMantineTheme(DEFAULT_THEME, theme)))
        : undefined,
  };
}
