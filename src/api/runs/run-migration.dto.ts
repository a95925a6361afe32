/**
 * Moving the people of a run to a newer version of its campaign, at the edge: the count that comes first, and the move.
 */
import { z } from 'zod';
import { nodeIdSchema } from '../../domain/base/keys.js';

const nodeMapSchema = z
  .record(nodeIdSchema, nodeIdSchema)
  .refine((map) => Object.keys(map).length > 0, 'maps at least one node')
  .describe('by wait of the version that they are on: the wait of the new version where they go on waiting');

export const migrationAskedSchema = z
  .strictObject({ version: z.int().min(1).describe('launched, newer than that of the run'), nodes: nodeMapSchema })
  .meta({ id: 'RunMigrationAsked' });

export const migrationCountSchema = z
  .object({
    run: z.string(),
    campaign: z.string(),
    from: z.int().describe('version'),
    to: z.int().describe('version'),
    nodes: z.array(
      z.object({
        node: z.string(),
        to: z.string(),
        here: z.int(),
        moves: z
          .int()
          .describe('who waits; the others are answered or due, and move on by the version that they are on'),
      }),
    ),
    unmapped: z
      .array(z.object({ node: z.string(), type: z.string(), here: z.int() }))
      .describe('whoever stands there stays on their version'),
  })
  .meta({ id: 'RunMigrationCount' });

export const migrationSchema = migrationAskedSchema
  .extend({
    confirmed: z
      .record(nodeIdSchema, z.int().min(0))
      .describe('by mapped node: `moves` of the count that you have seen; no more than these are moved'),
    reason: z.string().trim().min(1).max(500),
  })
  .meta({ id: 'RunMigration' });

export const migratedSchema = z
  .object({
    run: z.string().describe('opened by the move: of the new version, with whom was moved'),
    from: z.string(),
    version: z.int(),
    moved: z.array(z.object({ node: z.string(), to: z.string(), people: z.int() })),
    left: z.int().describe('who waits at the mapped nodes still: one move takes 100,000 people'),
  })
  .meta({ id: 'RunMigrated' });
