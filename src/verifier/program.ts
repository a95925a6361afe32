/**
 * The verifier of statements without Pado: `node program.js FILE --provider-settlements DIR --public-key KEY`. Whatever way leads to this file, it verifies.
 */
import { main } from './verify-statement.js';

process.exitCode = await main(process.argv.slice(2));
