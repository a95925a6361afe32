/**
 * kill -9 of worker and of API at an eighth of all named crash points; the two extended suites take the others.
 */
import { crashPoints, partOf } from '../support/crash-suite.js';

crashPoints('an eighth of the crash points', (point) => partOf(point) === 0);
