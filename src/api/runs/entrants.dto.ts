/**
 * Single entrants at the edge: a bounded list of customers, and what became of each that did not enter.
 */
import { z } from 'zod';
import { customerIdSchema } from '../../domain/base/keys.js';

const ENTRANTS_MAX = 1_000;

export const entrantsSchema = z
  .strictObject({ customers: z.array(customerIdSchema).min(1).max(ENTRANTS_MAX) })
  .meta({ id: 'Entrants' });

export const enteredSchema = z
  .object({
    run: z.string(),
    entered: z.int(),
    refused: z.array(
      z.object({
        customer: z.string(),
        reason: z
          .enum(['unknown', 'duplicate', 'opening', 'paused', 'stopped', 'closed'])
          .describe('a refused one is never let in later by itself'),
      }),
    ),
  })
  .meta({ id: 'Entered' });
