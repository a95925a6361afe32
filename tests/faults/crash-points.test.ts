/**
 * kill -9 of worker and of API at a third of all named crash points; crash-points.extended.test.ts takes the others.
 */
import { crashPoints, partOf } from '../support/crash-suite.js';

crashPoints('a third of the crash points', (point) => partOf(point) === 0);
