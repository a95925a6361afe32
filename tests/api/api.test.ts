/**
 * The API on a whole installation without workers: what is refused, how, and that nothing was changed by it. One installation for all.
 */
import { afterAll, beforeAll } from '@jest/globals';
import { Stack } from '../support/stack.js';
import { accessCases } from './access.cases.js';
import { attentionCases } from './attention.cases.js';
import { auditCases } from './audit.cases.js';
import { callbackCases } from './callbacks.cases.js';
import { campaignLifeCases } from './campaign-life.cases.js';
import { campaignApprovalCases } from './campaign-approval.cases.js';
import { campaignCases } from './campaigns.cases.js';
import { cloudEventCases } from './cloud-events.cases.js';
import { contactPolicyCases } from './contact-policies.cases.js';
import { retentionCases } from './retention.cases.js';
import { rewardCapCases } from './reward-caps.cases.js';
import { couponPoolCases } from './coupon-pools.cases.js';
import { liveCases } from './live.cases.js';
import { liveTopicCases } from './live-topics.cases.js';
import { luckyBoxCases } from './lucky-boxes.cases.js';
import { crossSiteCases } from './cross-site.cases.js';
import { customerCases } from './customers.cases.js';
import { demonstrationCases } from './demonstration.cases.js';
import { eventLogCases } from './event-log.cases.js';
import { eventCases } from './events.cases.js';
import { exclusionUploadCases } from './exclusion-uploads.cases.js';
import { galleryCases } from './gallery.cases.js';
import { ledgerCases } from './ledger.cases.js';
import { retryCases } from './retries.cases.js';
import { messageCases } from './messages.cases.js';
import { peopleCases } from './people.cases.js';
import { roleCases } from './roles.cases.js';
import { searchCases } from './search.cases.js';
import { segmentCases } from './segments.cases.js';
import { segmentVersionCases } from './segment-versions.cases.js';
import { settlementCases } from './settlements.cases.js';
import { ORIGIN, sourceCases, TRAITS } from './sources.cases.js';
import { API_HEAP_MB, uploadCases } from './uploads.cases.js';
import { LINK_SECRET, unsubscribeCases } from './unsubscribe.cases.js';
import { webhookCases } from './webhooks.cases.js';
import { wordsCases } from './words.cases.js';

let started: Stack;
const stack = () => started;

beforeAll(async () => {
  const api = {
    PADO_BROWSER_ORIGINS: JSON.stringify([ORIGIN]),
    PADO_IDENTIFY_TRAITS: JSON.stringify(TRAITS),
    PADO_PUBLIC_URL: 'http://127.0.0.1:1',
    PADO_LINK_SECRETS: LINK_SECRET,
    NODE_OPTIONS: `--max-old-space-size=${API_HEAP_MB}`,
  };
  started = await Stack.start({ workers: 0, env: { api } });
});
afterAll(() => started.stop());

accessCases(stack);
customerCases(stack);
eventCases(stack);
eventLogCases(stack);
sourceCases(stack);
cloudEventCases(stack);
segmentCases(stack);
uploadCases(stack);
segmentVersionCases(stack);
couponPoolCases(stack);
luckyBoxCases(stack);
exclusionUploadCases(stack);
campaignCases(stack);
campaignApprovalCases(stack);
campaignLifeCases(stack);
wordsCases(stack);
galleryCases(stack);
contactPolicyCases(stack);
retentionCases(stack);
rewardCapCases(stack);
unsubscribeCases(stack);
webhookCases(stack);
callbackCases(stack);
ledgerCases(stack);
settlementCases(stack);
peopleCases(stack);
messageCases(stack);
attentionCases(stack);
demonstrationCases(stack);
retryCases(stack);
liveCases(stack);
liveTopicCases(stack);
searchCases(stack);
// last: they take long, and what is signed above is signed for a time
roleCases(stack);
crossSiteCases(stack);
auditCases(stack);
