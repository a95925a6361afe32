/** The console in English, but for what only some pages need (parts.ts); ko.ts has the same keys. */
import { customers } from './en/customers.js';
import { everyone } from './en/everyone.js';
import { marketer } from './en/marketer.js';
import { operator } from './en/operator.js';

export default { ...everyone, ...operator, ...marketer, ...customers };
