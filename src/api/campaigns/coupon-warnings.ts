/**
 * What a marketer should know of the pools of a campaign before its launch: whether their codes are fewer than the people who may earn one. A
 * warning keeps nobody from launching.
 */
import { Inject, Injectable } from '@nestjs/common';
import type { Campaign } from '../../domain/journey/definition.js';
import { needOf, shortage } from '../../domain/ledger/coupon-pool.js';
import { CouponPoolsStore } from '../../storage/coupon-pools.store.js';
import { SegmentSources } from '../../storage/segment-sources.js';
import { SegmentsStore } from '../../storage/segments.store.js';
import { CLOCK, type Clock } from '../ports.js';
import type { Fault } from './campaign-content.js';

const COUNT_MS = 5_000;

@Injectable()
export class CouponWarnings {
  constructor(
    private readonly pools: CouponPoolsStore,
    private readonly segments: SegmentsStore,
    private readonly sources: SegmentSources,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async of(campaign: Campaign): Promise<Fault[]> {
    const drawing = Object.entries(campaign.journey.nodes).flatMap(([id, node]) =>
      node.type === 'reward' && node.pool !== undefined ? [{ id, pool: node.pool }] : [],
    );
    if (drawing.length === 0) return [];
    const now = this.clock.now();
    const stock = await this.pools.stock([...new Set(drawing.map(({ pool }) => pool))], now);
    if (stock.length === 0) return [];
    const audience = await this.audience(campaign.segment, now);
    return drawing.flatMap(({ id, pool }) => {
      const known = stock.find(({ key }) => key === pool);
      const need = known?.needs.reduce((sum, one) => sum + needOf(one), 0) ?? 0;
      const detail = known && shortage({ left: known.left, need, audience });
      return detail ? [{ pointer: `/journey/nodes/${id}/pool`, detail }] : [];
    });
  }

  /** Null where it could not be counted; a segment with faults is told among those. */
  private async audience(key: string, now: number): Promise<number | null> {
    const segment = await this.segments.newest(key);
    if (!segment) return null;
    const pinned = await this.segments.pin(segment.rule, segment.source);
    if (!pinned.ok) return null;
    const counted = await this.sources.of(segment.source).count({ rule: pinned.rule, now }, COUNT_MS);
    return counted.kind === 'answered' ? counted.answer : null;
  }
}
