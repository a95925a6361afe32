/**
 * What the Liquid engine says of a template, in Korean. The sentences are the engine's own.
 */
import type { Words } from './words.js';

export const KOREAN_LIQUID: Words = {
  'undefined filter: {}': '쓸 수 없는 필터입니다: {1}',
  'undefined variable: {}': '값이 없는 변수입니다: {1}',
  'tag "{}" not found': '쓸 수 없는 태그입니다: {1}',
  'tag {} not closed': '닫히지 않은 태그입니다: {1}',
  'output {} not closed': '닫히지 않은 출력입니다: {1}',
  'raw {} not closed': '닫히지 않은 raw 블록입니다: {1}',
  '[ not closed': '[ 괄호가 닫히지 않았습니다',
  'invalid value expression: {}': '값이 올 자리에 올바르지 않은 표현이 있습니다: {1}',
  'invalid range syntax': '범위는 (1..5)와 같이 써야 합니다',
  'invalid capture name': 'capture 뒤에는 변수 이름이 필요합니다',
  'unexpected token {}, value expected': '값이 올 자리에 {1}이(가) 있습니다',
  'unexpected character {}': '여기에 올 수 없는 글자입니다: {1}',
  'unexpected elsif after else': 'else 뒤에는 elsif를 쓸 수 없습니다',
  'duplicated else': 'else가 두 번 나옵니다',
  'expected "|" before filter': '필터 앞에는 | 기호가 필요합니다',
  'expected filter name': '필터 이름이 필요합니다',
  'expected ":" after filter name': '필터 이름 뒤에는 : 기호가 필요합니다',
  'expected variable name': '변수 이름이 필요합니다',
  'expected "="': '= 기호가 필요합니다',
  'illegal tag syntax, tag name expected': '태그 이름이 필요합니다',
  "every line of an inline comment must start with a '#' character": '주석은 줄마다 # 기호로 시작해야 합니다',
  'parse length limit exceeded': '템플릿이 너무 깁니다',
  'memory alloc limit exceeded': '만들어지는 글이 너무 깁니다',
};
