/**
 * The gallery: ready campaigns, and a draft made of one by filling in its blanks. What is made is a campaign like any other, with a segment and
 * templates of its own.
 */
import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import type { Response } from 'express';
import type { z } from 'zod';
import { GALLERY } from '../../domain/gallery/gallery.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Pool } from '../../storage/pool.js';
import { CurrentActor, type AuthenticatedRequest } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { once } from '../http/idempotency.js';
import { found } from '../http/problem.js';
import { POOL } from '../ports.js';
import { fillSchema, filledSchema, gallerySchema, presented } from './gallery.dto.js';
import { GalleryMaker } from './gallery-maker.js';

@Controller('v1/gallery')
export class GalleryController {
  constructor(
    private readonly maker: GalleryMaker,
    @Inject(POOL) private readonly pool: Pool,
  ) {}

  @Get()
  @Endpoint({
    summary: 'Ready campaigns with their blanks',
    access: roles('marketer', 'approver', 'admin'),
    answer: gallerySchema,
  })
  list() {
    return { items: GALLERY.map(presented) };
  }

  @Post(':item')
  @Endpoint({
    summary: 'Make a draft of a ready campaign, with its segment and templates',
    description:
      'All of it or nothing. Nothing that is there is replaced: a campaign by that key, or another segment or template by one of its keys, is a conflict.',
    access: roles('marketer', 'admin'),
    status: 201,
    answer: filledSchema,
    problems: ['invalid', 'not_found', 'conflict', 'unprocessable'],
    idempotent: true,
  })
  async fill(
    @Param('item') item: string,
    @Body({ schema: fillSchema }) body: z.infer<typeof fillSchema>,
    @CurrentActor() actor: Actor,
    @Req() request: AuthenticatedRequest,
    @Res({ passthrough: true }) response: Response,
  ) {
    const own = found(
      GALLERY.find(({ key }) => key === item),
      'campaign in the gallery',
    );
    return await once(this.pool, { request, response }, async (client) => {
      return { status: 201, body: await this.maker.make(client, own, body, actor), headers: {} };
    });
  }
}
