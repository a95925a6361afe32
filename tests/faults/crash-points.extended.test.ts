/**
 * kill -9 of worker and of API at the crash points that crash-points.test.ts leaves: needs nothing but minutes.
 */
import { crashPoints, partOf } from '../support/crash-suite.js';

crashPoints('the other crash points', (point) => partOf(point) !== 0);
