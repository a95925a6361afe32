/**
 * What `pado doctor` looks at, in this order: the machine, the servers, and what runs on them. A check says what it saw, or what is wrong with
 * its cure; where it cannot look, because something before it is missing, it is left out.
 */
import { INSTALLATION_CHECKS } from './doctor-installation.js';
import { MACHINE_CHECKS } from './doctor-machine.js';
import { SERVER_CHECKS } from './doctor-servers.js';
import type { Check } from './doctor-sight.js';

export const CHECKS: readonly Check[] = [...MACHINE_CHECKS, ...SERVER_CHECKS, ...INSTALLATION_CHECKS];
