/**
 * `pado link`: a one-time link for a person, of the same making as `pado people`.
 */
export { registerLink as register } from './people.command.js';
