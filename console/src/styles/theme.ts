/**
 * Colours, type and sizes. The build turns them into variables of a file (build/theme-file.ts); the components read the same theme.
 */
import { createTheme, type MantineColorsTuple } from '@mantine/core';

const wave: MantineColorsTuple = [
  '#edf5ff',
  '#d9e8fc',
  '#b0cff7',
  '#85b5f2',
  '#609eed',
  '#4890ea',
  '#1c6dd0',
  '#1a62bb',
  '#0c57ac',
  '#004a99',
];

export const FONTS =
  "'Pretendard', 'Pretendard Variable', 'Apple SD Gothic Neo', 'Malgun Gothic', 'Noto Sans KR', sans-serif";

export const theme = createTheme({
  primaryColor: 'wave',
  primaryShade: 6,
  colors: { wave },
  fontFamily: FONTS,
  // Hangul within it, too, where the machine's own has none
  fontFamilyMonospace: `ui-monospace, 'SFMono-Regular', Menlo, Consolas, 'D2Coding', monospace, ${FONTS}`,
  headings: { fontFamily: FONTS, fontWeight: '650' },
  defaultRadius: 'md',
  cursorType: 'pointer',
  autoContrast: true,
  respectReducedMotion: true,
});
