/**
 * Makes a draft of a ready campaign: segment, templates and campaign in one transaction, and nothing that is there is replaced.
 */
import { isDeepStrictEqual } from 'node:util';
import { Inject, Injectable } from '@nestjs/common';
import { draftOf, type Draft } from '../../domain/gallery/gallery.js';
import type { Ready } from '../../domain/gallery/ready.js';
import { judgeTemplate } from '../../domain/offer/template.js';
import { faultsOfRule } from '../../domain/segment/compile.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import type { Authored } from '../../storage/definition-lock.js';
import type { Actor } from '../../storage/keys.store.js';
import type { Client } from '../../storage/pool.js';
import { lockSegments, newestSegment, putSegment, type SegmentContent } from '../../storage/segments.store.js';
import { lockTemplate, newestTemplates, putTemplate, type TemplateContent } from '../../storage/templates.store.js';
import { CampaignMoves } from '../campaigns/campaign-moves.js';
import { jsonPointer, Problem, type FieldFault } from '../http/problem.js';
import { CLOCK, type Clock } from '../ports.js';

interface Filling {
  key: string;
  name: string;
  values: Readonly<Record<string, unknown>>;
}

@Injectable()
export class GalleryMaker {
  constructor(
    private readonly campaigns: CampaignsStore,
    private readonly moves: CampaignMoves,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /**
   * Inside the caller's transaction. Problems: `invalid` and `unprocessable` naming each blank, `conflict` where something else is there under one of
   * its keys.
   */
  async make(client: Client, own: Ready, filling: Filling, actor: Actor) {
    const answer = draftOf(own, filling);
    if (!answer.ok) throw new Problem('invalid', undefined, { errors: answer.faults.map(ofBlank) });
    const { segment, campaign } = answer.draft;
    const templates = judgedTemplates(answer.draft, own, filling);
    const authored = { by: actor.id, now: this.clock.now() };
    const stored = await this.campaigns.putWithin(client, campaign, 'absent', authored);
    if (stored.kind !== 'stored') throw taken('campaign', campaign.key);
    if (segment) await putNewSegment(client, { ...segment, source: null }, authored);
    for (const template of templates) await putNewTemplate(client, template, authored);
    return {
      campaign: stored.campaign,
      segment: campaign.segment,
      templates: templates.map(({ key }) => key),
      faults: await this.moves.judge(campaign, client),
    };
  }
}

/** Under a key that is free, or has this very content. */
async function putNewSegment(client: Client, content: SegmentContent, authored: Authored): Promise<void> {
  await lockSegments(client);
  const there = await newestSegment(client, content.key);
  if (there && !isDeepStrictEqual([there.name, there.rule, there.source], [content.name, content.rule, content.source]))
    throw taken('segment', content.key);
  const put = await putSegment(client, content, authored);
  if (put.kind !== 'stored') throw new Error(`invariant: a rule that was judged is ${put.kind}`);
}

async function putNewTemplate(client: Client, content: TemplateContent, authored: Authored): Promise<void> {
  await lockTemplate(client, content.key);
  const [there] = await newestTemplates(client, [content.key]);
  if (there && (there.channel !== content.channel || there.title !== content.title || there.body !== content.body))
    throw taken('template', content.key);
  await putTemplate(client, content, authored);
}

function judgedTemplates({ segment, templates }: Draft, own: Ready, { values }: Filling) {
  // the only thing of a rule that may be wrong is a name that was filled in
  const faults: FieldFault[] = segment
    ? faultsOfRule(segment.rule, 'segment').map(({ detail }) => ({ pointer: '/values', detail }))
    : [];
  const judged = templates.map((content) => {
    const verdict = judgeTemplate(content);
    if (verdict.ok) return { ...content, variables: verdict.variables };
    for (const { pointer, detail } of verdict.faults) {
      const text = pointer === '/title' ? content.title : content.body;
      const blank = Object.entries(own.blanks).find(([name, { preset }]) => (values[name] ?? preset) === text);
      faults.push(blank ? ofBlank({ name: blank[0], detail }) : { pointer: '/values', detail });
    }
    return { ...content, variables: [] };
  });
  if (faults.length > 0) throw new Problem('unprocessable', undefined, { errors: faults });
  return judged;
}

const ofBlank = ({ name, detail }: { name: string; detail: string }): FieldFault => ({
  pointer: jsonPointer(['values', name]),
  detail,
});

const taken = (what: string, key: string) =>
  new Problem('conflict', `There is another ${what} ${key}: nothing is replaced.`, {
    errors: [{ pointer: '/key', detail: `is that of another ${what}` }],
  });
