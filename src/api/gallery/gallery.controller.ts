/**
 * The gallery: ready campaigns, and a draft made of one by filling in its blanks. What is made is a campaign like any other, with a segment and
 * templates of its own.
 */
import { Body, Controller, Get, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import { GALLERY } from '../../domain/gallery/gallery.js';
import type { Actor } from '../../storage/keys.store.js';
import { CurrentActor } from '../http/access.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { fillSchema, filledSchema, gallerySchema, presented } from './gallery.dto.js';
import { GalleryMaker } from './gallery-maker.js';

@Controller('v1/gallery')
export class GalleryController {
  constructor(private readonly maker: GalleryMaker) {}

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
      'Nothing that is there is replaced. The same again after a failure goes on where that ended; a campaign that is there is a conflict.',
    access: roles('marketer', 'admin'),
    status: 201,
    answer: filledSchema,
    problems: ['invalid', 'not_found', 'conflict', 'unprocessable'],
  })
  async fill(
    @Param('item') item: string,
    @Body({ schema: fillSchema }) body: z.infer<typeof fillSchema>,
    @CurrentActor() actor: Actor,
  ) {
    const own = found(
      GALLERY.find(({ key }) => key === item),
      'campaign in the gallery',
    );
    return await this.maker.make(own, body, actor);
  }
}
