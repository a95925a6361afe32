/**
 * kill -9 of worker and of API at a third of all named crash points, drawn by the seed; crash-points.extended.test.ts takes every one.
 */
import { crashPoints } from '../support/crash-suite.js';

crashPoints('a third of the crash points, drawn', 3);
