/**
 * kill -9 of worker and of API at a third of all named crash points; its siblings take the others. Needs nothing but minutes.
 */
import { crashPoints, partOf } from '../support/crash-suite.js';

crashPoints('the third third of the crash points', (point) => partOf(point) === 2);
