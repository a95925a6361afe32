/**
 * Message templates: parsed before they are stored, so that a fault is told to its author and not to a customer. Every version stays.
 */
import { Body, Controller, Get, Headers, Inject, Param, Put, Query, Res } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { Response } from 'express';
import { z } from 'zod';
import { keySchema } from '../../domain/base/keys.js';
import { judgeTemplate } from '../../domain/offer/template.js';
import type { Actor } from '../../storage/keys.store.js';
import { TemplatesStore } from '../../storage/templates.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { etagOf, readPrecondition, IF_MATCH, IF_NONE_MATCH } from '../http/etag.js';
import {
  pageQuerySchema,
  readCursor,
  readNumberCursor,
  searchQuerySchema,
  toPage,
  type PageQuery,
  type SearchQuery,
} from '../http/page.js';
import { found, Problem } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';
import {
  contentSchema,
  templatePageSchema,
  templateSchema,
  toField,
  usedTemplateSchema,
  versionPageSchema,
  type TemplateContent,
} from './templates.dto.js';

const READERS = roles('marketer', 'approver', 'operator', 'admin');
const VERSION_MAX = 2_147_483_647;
const versionSchema = z.coerce.number().int().min(1).max(VERSION_MAX);

@Controller('v1/templates')
export class TemplatesController {
  constructor(
    private readonly templates: TemplatesStore,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Templates by key, newest versions',
    access: READERS,
    answer: templatePageSchema,
    problems: ['invalid'],
  })
  async list(@Query({ schema: searchQuerySchema }) query: SearchQuery) {
    const rows = await this.templates.list(readCursor(query.cursor), query.limit, query.q);
    return toPage(
      rows,
      query.limit,
      (row) => row.key,
      (row) => row,
    );
  }

  @Get(':key')
  @Endpoint({
    summary: 'The newest version of a template, which is its ETag',
    access: READERS,
    answer: usedTemplateSchema,
    problems: ['not_found'],
  })
  async find(@Param('key') key: string, @Res({ passthrough: true }) response: Response) {
    const template = found(await this.templates.find(key), 'template');
    response.setHeader('ETag', etagOf(template.version));
    return template;
  }

  @Get(':key/versions')
  @Endpoint({
    summary: 'All versions of a template, the newest first',
    access: READERS,
    answer: versionPageSchema,
    problems: ['invalid', 'not_found'],
  })
  async versions(@Param('key') key: string, @Query({ schema: pageQuerySchema }) query: PageQuery) {
    found(await this.templates.newest(key), 'template');
    const before = readNumberCursor(query.cursor, VERSION_MAX);
    return toPage(
      await this.templates.versions(key, before, query.limit),
      query.limit,
      (row) => String(row.version),
      (row) => row,
    );
  }

  @Get(':key/versions/:version')
  @Endpoint({
    summary: 'One version of a template',
    access: READERS,
    answer: templateSchema,
    problems: ['invalid', 'not_found'],
  })
  async version(@Param('key') key: string, @Param('version', { schema: versionSchema }) version: number) {
    const [at] = await this.templates.versions(key, version + 1 > VERSION_MAX ? null : version + 1, 1);
    return found(at?.version === version ? at : null, 'version');
  }

  @Put(':key')
  @ApiHeader(IF_NONE_MATCH)
  @ApiHeader(IF_MATCH)
  @Endpoint({
    summary: 'Write a template; a new version when it differs',
    access: roles('marketer', 'admin'),
    answer: templateSchema,
    problems: ['invalid', 'unprocessable', 'stale'],
  })
  async put(
    @Param('key', { schema: keySchema }) key: string,
    @Body({ schema: contentSchema }) body: TemplateContent,
    @Headers('if-match') ifMatch: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @CurrentActor() actor: Actor,
    @Res({ passthrough: true }) response: Response,
  ) {
    const seen = readPrecondition({ ifMatch, ifNoneMatch });
    const content = { channel: body.channel, title: body.title ?? null, body: body.body };
    const judged = judgeTemplate(content);
    if (!judged.ok) throw new Problem('unprocessable', undefined, { errors: judged.faults.map(toField) });
    const template = { key, ...content, variables: judged.variables };
    const stored = await this.templates.put(template, { by: actor.id, now: this.clock.now() }, seen);
    if (stored === null) throw new Problem('stale');
    response.setHeader('ETag', etagOf(stored.version));
    return stored;
  }
}
