/**
 * Templates as one customer would get them, kept or not yet: by the renderer of the send itself, with the marks of advertising. Nothing is sent or kept.
 */
import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import type { z } from 'zod';
import type { Config } from '../../config.js';
import { CHANNELS, type Channel } from '../../domain/base/channels.js';
import { ADVERTISING_MARK, marksOf } from '../../domain/eligibility/policy-pack.js';
import { mailHtml, subjectOf } from '../../domain/offer/mail-text.js';
import { previewTemplate } from '../../domain/offer/preview.js';
import { PARTICLES, REWARD_VARIABLES, templateWords, type TemplateText } from '../../domain/offer/template.js';
import { bytesMaxOf } from '../../domain/offer/text-size.js';
import { unsubscribePath } from '../../domain/offer/unsubscribe.js';
import { CustomersStore } from '../../storage/customers.store.js';
import { SeenFieldsStore } from '../../storage/seen-fields.store.js';
import { TemplatesStore } from '../../storage/templates.store.js';
import { Endpoint, roles } from '../http/endpoint.js';
import { found } from '../http/problem.js';
import { CONFIG } from '../ports.js';
import {
  fieldsSchema,
  judgementSchema,
  previewContentSchema,
  previewOfSchema,
  previewSchema,
  toReward,
} from './templates.dto.js';

const SEERS = roles('marketer', 'operator', 'admin');
type StandIn = Pick<z.infer<typeof previewContentSchema>, 'purpose' | 'reward'>;

@Controller('v1')
export class TemplatePreviewsController {
  constructor(
    private readonly templates: TemplatesStore,
    private readonly customers: CustomersStore,
    private readonly seen: SeenFieldsStore,
    @Inject(CONFIG) private readonly config: Config,
  ) {}

  @Get('template-fields')
  @Endpoint({
    summary: 'What a template may say, what each channel holds, and the marks of advertising',
    access: roles('marketer', 'approver', 'operator', 'admin'),
    answer: fieldsSchema,
  })
  async fields() {
    const { attributes } = await this.seen.read();
    const { policyPack, gateways } = this.config;
    return {
      variables: [
        { name: 'customer.id', types: ['string'] },
        ...attributes.map(({ name, types }) => ({ name: `customer.${name}`, types })),
        ...REWARD_VARIABLES.map((name) => ({ name: `reward.${name}`, types: ['string'] })),
      ],
      ...templateWords(),
      particles: PARTICLES,
      channels: CHANNELS.map((channel) => ({
        channel,
        bytesMax: bytesMaxOf(channel),
        gateways: gateways.filter((own) => (own.channels as Channel[]).includes(channel)).map(({ name }) => name),
      })),
      marks: policyPack && { lead: ADVERTISING_MARK, ending: marksOf(policyPack) },
    };
  }

  @Post('templates/preview')
  @Endpoint({
    summary: 'A text that is not kept: its faults with line and column, and how one customer would get it',
    description: 'By the renderer of the send itself, with the marks of advertising. Nothing is kept or sent.',
    access: SEERS,
    answer: judgementSchema,
    problems: ['invalid', 'not_found'],
  })
  async judge(@Body({ schema: previewContentSchema }) body: z.infer<typeof previewContentSchema>) {
    const { content, customer, ...standIn } = body;
    return await this.preview({ ...content, title: content.title ?? null }, standIn, customer ?? null);
  }

  @Post('templates/:key/preview')
  @Endpoint({
    summary: 'The newest version as one customer would get it; nothing is sent',
    description:
      'By the renderer of the send itself, with the marks of advertising. `reward` stands in for what a payout would tell.',
    access: SEERS,
    answer: previewSchema,
    problems: ['invalid', 'not_found'],
  })
  async ofTemplate(
    @Param('key') key: string,
    @Body({ schema: previewOfSchema }) body: z.infer<typeof previewOfSchema>,
  ) {
    const template = found(await this.templates.newest(key), 'template');
    const { version, channel } = template;
    return { key, version, channel, customer: body.customer, ...(await this.preview(template, body, body.customer)) };
  }

  private async preview(content: TemplateText & { channel: Channel }, { purpose, reward }: StandIn, id: string | null) {
    const customer = id === null ? null : found(await this.customers.find(id), 'customer');
    const { policyPack: pack, links } = this.config;
    const seen = previewTemplate(
      content,
      { purpose, ending: pack ? marksOf(pack) : null },
      customer && { id: customer.id, zone: customer.zone, attributes: customer.attributes, reward: toReward(reward) },
    );
    // of a message that is none, there is no token
    const link = purpose === 'advertising' && links ? links.publicUrl + unsubscribePath('…') : null;
    const { title, body } = seen;
    const mail =
      content.channel === 'email' && body !== null
        ? { subject: subjectOf({ title, body }), html: mailHtml(body, link) }
        : null;
    return { ...seen, mail };
  }
}
