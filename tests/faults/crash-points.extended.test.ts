/**
 * kill -9 of worker and of API at every named crash point: before and after each commit, each call, each signal, each report to Temporal,
 * continue-as-new among them. Needs nothing more than time.
 */
import { crashPoints } from '../support/crash-suite.js';

crashPoints('every crash point', 1);
