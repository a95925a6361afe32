/** 콘솔의 한국어. en.ts와 같은 열쇠를 갖는다. */
import { customers } from './ko/customers.js';
import { everyone } from './ko/everyone.js';
import { marketer } from './ko/marketer.js';
import { operator } from './ko/operator.js';

export default { ...everyone, ...operator, ...marketer, ...customers };
