/**
 * kill -9 of worker and of API at the crash points that crash-points.test.ts and crash-points.extended.test.ts leave: needs nothing but minutes.
 */
import { crashPoints, partOf } from '../support/crash-suite.js';

crashPoints('the rest of the crash points', (point) => partOf(point) >= 4);
