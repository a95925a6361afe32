/**
 * kill -9 of worker and of API at three eighths of the crash points: needs nothing but minutes.
 */
import { crashPoints, partOf } from '../support/crash-suite.js';

crashPoints('three eighths of the crash points', (point) => partOf(point) >= 1 && partOf(point) <= 3);
