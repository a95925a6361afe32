/**
 * What changes of what is watched, told to whoever watches it: which topic, as of when, and which version it is of. What it says is read where it always is.
 */
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import { z } from 'zod';
import type { AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { OpenStreams } from '../http/open-streams.js';
import { Problem } from '../http/problem.js';
import { LiveTopics } from './live-topics.js';
import { rolesOf, TOPICS } from './topics.js';

const topicSchema = z.enum(TOPICS).meta({ id: 'LiveTopic' });

export const topicQuerySchema = z.object({
  topic: z
    .union([topicSchema, z.array(topicSchema).min(1).max(TOPICS.length)])
    .describe('one, or repeated for several; each for whoever may read it where it is read'),
});

export const topicToldSchema = z
  .object({
    topic: topicSchema,
    readAt: z.iso.datetime().describe('business time of the look'),
    version: z.string().describe('another one whenever what the topic is about is another; the same of every process'),
  })
  .meta({ id: 'TopicTold', description: '`data` of each event of the stream' });

@Controller('v1/live')
export class TopicsController {
  constructor(
    private readonly streams: OpenStreams,
    private readonly live: LiveTopics,
  ) {}

  @Get()
  @Endpoint({
    summary:
      'What changes of one or several topics, as server-sent events: at first, within some seconds of each change, and a sign of life every five to seven seconds',
    description:
      'A topic is what the endpoint of the same name reads (attention: GET /v1/attention, and so on); who may not call that may not follow it. An event tells that there is something else to read, and not what. The stream ends when its session or key does, when the roles no longer allow it, when a topic cannot be looked at, and when the process ends. Following is no use of a session. Nothing is lost by coming again: of each topic the first event tells the version. Four at once of one person, runs that are followed among them; 429 beyond that, and where the process has too many.',
    access: roles('marketer', 'approver', 'finance', 'operator', 'admin'),
    answer: topicToldSchema,
    produces: 'text/event-stream',
    problems: ['invalid'],
  })
  follow(
    @Query({ schema: topicQuerySchema }) query: z.infer<typeof topicQuerySchema>,
    @Req() request: AuthenticatedRequest,
    @Res() response: Response,
  ) {
    const topics = [...new Set([query.topic].flat())];
    const held = request.actor?.roles ?? [];
    const refused = topics.find((topic) => !rolesOf(topic).some((role) => held.includes(role)));
    if (refused !== undefined) throw new Problem('forbidden', `What is told of ${refused} is not for these roles.`);
    const stream = this.streams.begin(request, response, ...topics.map((topic) => ({ roles: rolesOf(topic) })));
    this.live.follow(topics, stream);
  }
}
