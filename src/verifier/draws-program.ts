/**
 * The verifier of draws without Pado: `node draws-program.js FILE --box BOX`. Whatever way leads to this file, it verifies.
 */
import { main } from './verify-draws.js';

process.exitCode = main(process.argv.slice(2));
