/**
 * Makes a draft of a ready campaign. Everything is judged before anything is kept; then segment, templates and campaign are put in this order, so that
 * whoever was cut off between two of them does the same again, and the rest is made.
 */
import { Inject, Injectable } from '@nestjs/common';
import { isDeepStrictEqual } from 'node:util';
import { draftOf, type Draft } from '../../domain/gallery/gallery.js';
import type { Ready } from '../../domain/gallery/ready.js';
import { judgeTemplate } from '../../domain/offer/template.js';
import { faultsOfRule } from '../../domain/segment/compile.js';
import { CampaignsStore } from '../../storage/campaigns.store.js';
import type { Actor } from '../../storage/keys.store.js';
import { SegmentsStore } from '../../storage/segments.store.js';
import { TemplatesStore } from '../../storage/templates.store.js';
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
    private readonly segments: SegmentsStore,
    private readonly templates: TemplatesStore,
    private readonly campaigns: CampaignsStore,
    private readonly moves: CampaignMoves,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  /** Problems: `invalid` and `unprocessable` naming each blank, `conflict` where something else is there under one of its keys. */
  async make(own: Ready, filling: Filling, actor: Actor) {
    const answer = draftOf(own, filling);
    if (!answer.ok) throw new Problem('invalid', undefined, { errors: answer.faults.map(ofBlank) });
    const { draft } = answer;
    const templates = judgedTemplates(draft, own, filling);
    await this.refuseOther(draft);
    const authored = { by: actor.id, now: this.clock.now() };
    if (draft.segment) {
      const stored = await this.segments.put({ ...draft.segment, source: null }, authored);
      if (stored.kind !== 'stored') throw taken('segment', draft.segment.key);
    }
    for (const template of templates) await this.templates.put(template, authored);
    const stored = await this.campaigns.put(draft.campaign, 'absent', authored);
    if (stored.kind !== 'stored') throw taken('campaign', draft.campaign.key);
    return {
      campaign: stored.campaign,
      segment: draft.campaign.segment,
      templates: draft.templates.map(({ key }) => key),
      faults: await this.moves.judge(draft.campaign),
    };
  }

  private async refuseOther({ segment, templates, campaign }: Draft): Promise<void> {
    if (await this.campaigns.find(campaign.key)) throw taken('campaign', campaign.key);
    const there = segment && (await this.segments.newest(segment.key));
    if (there && !isDeepStrictEqual([there.name, there.rule, there.source], [segment.name, segment.rule, null]))
      throw taken('segment', segment.key);
    for (const { key, ...content } of templates) {
      const other = await this.templates.newest(key);
      if (other && (other.channel !== content.channel || other.title !== content.title || other.body !== content.body))
        throw taken('template', key);
    }
  }
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
