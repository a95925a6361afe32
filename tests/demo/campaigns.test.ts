/** The demo's definitions: shapes that the API takes, two waves, and a policy that caps some of its people only. */
import { describe, expect, it } from '@jest/globals';
import { DateTime } from 'luxon';
import { CAP, earlierCampaign, EPOCH, mainCampaign, windowSeconds } from '../../src/demo/campaigns.js';
import { campaignSchema } from '../../src/domain/journey/definition.js';
import { generateCustomers } from '../../src/generator/customers.js';

const main = mainCampaign({ gateway: 'demo-gate', provider: 'demo-pay', windowSeconds: 20 });

describe('the demo’s campaigns', () => {
  it.each([
    ['gold-preview', earlierCampaign],
    ['spring-cashback', main],
  ])('%s has the shape of a campaign', (key, campaign) => {
    expect(() => campaignSchema.parse({ ...campaign, key })).not.toThrow();
  });

  it('begin on a Tuesday at ten in Seoul', () => {
    const seoul = DateTime.fromISO(EPOCH, { zone: 'Asia/Seoul' });
    expect([seoul.weekdayLong, seoul.hour]).toEqual(['Tuesday', 10]);
  });

  it('have journeys whose every step leads somewhere', () => {
    for (const { journey } of [earlierCampaign, main]) {
      const nodes: Record<string, object> = journey.nodes;
      for (const node of Object.values(nodes)) {
        const targets = ['next', 'yes', 'no'].flatMap((edge) =>
          edge in node ? [(node as Record<string, string>)[edge]] : [],
        );
        for (const target of targets) expect(nodes).toHaveProperty([target ?? '']);
      }
    }
  });

  it('let the contact policy cap some in both waves, some in the second, and most in none', () => {
    const people = [...generateCustomers('s', 2_000, Date.parse(EPOCH))];
    const earlier = (grade: unknown) => (grade === 'vip' ? 2 : grade === 'gold' ? 1 : 0);
    const left = people.map(({ attributes }) => CAP - earlier(attributes['grade']));
    const share = (n: number) => left.filter((one) => one === n).length / people.length;
    expect(share(0)).toBeGreaterThan(0.01);
    expect(share(1)).toBeGreaterThan(0.05);
    expect(share(2)).toBeGreaterThan(0.7);
  });

  it('wait for fewer seconds where there are few people', () => {
    expect(windowSeconds(300)).toBeLessThan(windowSeconds(20_000));
  });
});
