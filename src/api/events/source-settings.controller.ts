/**
 * What Segment's browser library reads before it sends anything: that nothing runs but its own delivery, and that this delivers here.
 */
import { Controller, Get, Param, Req } from '@nestjs/common';
import { z } from 'zod';
import { parseKey, type Actor } from '../../storage/keys.store.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { SETTINGS_PATH } from '../http/event-paths.js';
import { found } from '../http/problem.js';

const settingsSchema = z
  .object({
    integrations: z.object({
      'Segment.io': z.object({
        apiKey: z.string(),
        apiHost: z.string().describe('this host, with the path that events go under'),
        protocol: z.enum(['http', 'https']),
        unbundledIntegrations: z.array(z.string()),
        addBundledMetadata: z.boolean(),
      }),
    }),
    plan: z.object({
      track: z.record(z.string(), z.object({ enabled: z.boolean() })),
      identify: z.record(z.string(), z.object({ enabled: z.boolean() })),
      group: z.record(z.string(), z.object({ enabled: z.boolean() })),
    }),
    edgeFunction: z.object({}),
    analyticsNextEnabled: z.boolean(),
    middlewareSettings: z.object({}),
    enabledMiddleware: z.object({}),
    metrics: z.object({ sampleRate: z.number() }),
    legacyVideoPluginsEnabled: z.boolean(),
    remotePlugins: z.array(z.unknown()),
  })
  .meta({ id: 'SourceSettings' });

const ANYTHING = { __default: { enabled: true } };

@Controller()
export class SourceSettingsController {
  @Get(SETTINGS_PATH)
  @Endpoint({
    summary: 'What a browser library of the Segment spec reads first; the key in the path is the one that calls',
    access: roles('source'),
    answer: settingsSchema,
    problems: ['not_found'],
    params: { writeKey: 'a key of the role source' },
  })
  read(@Param('writeKey') writeKey: string, @CurrentActor() actor: Actor, @Req() request: AuthenticatedRequest) {
    found(parseKey(writeKey)?.id === actor.key ? actor : null, 'source');
    return {
      integrations: {
        'Segment.io': {
          apiKey: writeKey,
          apiHost: `${request.get('host') ?? ''}/v1`,
          protocol: isSecure(request) ? ('https' as const) : ('http' as const),
          unbundledIntegrations: [],
          addBundledMetadata: true,
        },
      },
      plan: { track: ANYTHING, identify: ANYTHING, group: ANYTHING },
      edgeFunction: {},
      analyticsNextEnabled: true,
      middlewareSettings: {},
      enabledMiddleware: {},
      metrics: { sampleRate: 0 },
      legacyVideoPluginsEnabled: false,
      remotePlugins: [],
    };
  }
}

/** Also where TLS ends before us. */
const isSecure = (request: AuthenticatedRequest) =>
  request.secure || request.get('x-forwarded-proto')?.split(',')[0]?.trim() === 'https';
