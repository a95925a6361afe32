/**
 * The stores of the API that need nothing but the pool.
 */
import type { Pool } from './storage/pool.js';
import { AuditLogStore } from './storage/audit-log.store.js';
import { AttentionItemsStore } from './storage/attention-items.store.js';
import { BooksStore } from './storage/books.store.js';
import { BudgetChangesStore } from './storage/budget-changes.store.js';
import { BudgetsStore } from './storage/budgets.store.js';
import { BusinessEpochStore } from './storage/business-epoch.store.js';
import { CalendarStore } from './storage/calendar.store.js';
import { CampaignsStore } from './storage/campaigns.store.js';
import { ChainReportStore } from './storage/chain-report.store.js';
import { ConsentsStore } from './storage/consents.store.js';
import { ControlReadiness } from './storage/control-readiness.store.js';
import { ControlWork } from './storage/control-work.store.js';
import { ControlsStore } from './storage/controls.store.js';
import { CouponPoolsStore } from './storage/coupon-pools.store.js';
import { CustomerPrivacyStore } from './storage/customer-privacy.store.js';
import { CustomersStore } from './storage/customers.store.js';
import { DemonstrationStore } from './storage/demonstration.store.js';
import { ExclusionListsStore } from './storage/exclusion-lists.store.js';
import { EntriesStore } from './storage/entries.store.js';
import { LuckyBoxesStore } from './storage/lucky-boxes.store.js';
import { ExportsStore } from './storage/exports.store.js';
import { InboxStore } from './storage/inbox.store.js';
import { EventLogStore } from './storage/event-log.store.js';
import { LateClaimsStore } from './storage/late-claims.store.js';
import { KeysStore } from './storage/keys.store.js';
import { LaunchedStore } from './storage/launched.store.js';
import { LedgerSealsStore } from './storage/ledger-seals.store.js';
import { LinksReadStore } from './storage/links-read.store.js';
import { MessagesReadStore } from './storage/messages-read.store.js';
import { OwedItemsStore } from './storage/owed-items.store.js';
import { PasswordsStore } from './storage/passwords.store.js';
import { PayoutDecisions } from './storage/payout-decisions.store.js';
import { PayoutReleases } from './storage/payout-releases.store.js';
import { PayoutReportStore } from './storage/payout-report.store.js';
import { PayoutProposalsStore } from './storage/payout-proposals.store.js';
import { PayoutsReadStore } from './storage/payouts-read.store.js';
import { PeriodsStore } from './storage/periods.store.js';
import { PeopleStore } from './storage/people.store.js';
import { PoliciesStore } from './storage/policies.store.js';
import { QueueAttentionStore } from './storage/queue-attention.store.js';
import { RunMigrationStore } from './storage/run-migration.store.js';
import { RetentionStore } from './storage/retention.store.js';
import { RatesStore } from './storage/rates.store.js';
import { GoalCurveStore } from './storage/goal-curve.store.js';
import { ReplayReportsStore } from './storage/replay-reports.store.js';
import { ResponseCurveStore } from './storage/response-curve.store.js';
import { RestorationReportStore } from './storage/restoration-report.store.js';
import { RestorationsStore } from './storage/restorations.store.js';
import { RetriesStore } from './storage/retries.store.js';
import { RewardCapsStore } from './storage/reward-caps.store.js';
import { RunReportStore } from './storage/run-report.store.js';
import { RunsStore } from './storage/runs.store.js';
import { SeenFieldsStore } from './storage/seen-fields.store.js';
import { SegmentUploads } from './storage/segment-uploads.store.js';
import { SegmentsStore } from './storage/segments.store.js';
import { SessionsStore } from './storage/sessions.store.js';
import { SettlementBreaksStore } from './storage/settlement-breaks.store.js';
import { SettlementDaysStore } from './storage/settlement-days.store.js';
import { SettlementFilesStore } from './storage/settlement-files.store.js';
import { SettlementMatchStore } from './storage/settlement-match.store.js';
import { SignInStore } from './storage/sign-in.store.js';
import { SignedHeadsStore } from './storage/signed-heads.store.js';
import { StaffListsStore } from './storage/staff-lists.store.js';
import { StartsStore } from './storage/starts.store.js';
import { StatementStore } from './storage/statement.store.js';
import { TemplatesStore } from './storage/templates.store.js';
import { TestMessagesStore } from './storage/test-messages.store.js';
import { TestRecipientsStore } from './storage/test-recipients.store.js';
import { TimelineStore } from './storage/timeline.store.js';
import { UnsubscribeStore } from './storage/unsubscribe.store.js';
import { VersionsStore } from './storage/versions.store.js';
import { WebhooksStore } from './storage/webhooks.store.js';
import { WhyStore } from './storage/why.store.js';

export const STORES: (new (pool: Pool) => object)[] = [
  AuditLogStore,
  AttentionItemsStore,
  BooksStore,
  BudgetChangesStore,
  BudgetsStore,
  BusinessEpochStore,
  CalendarStore,
  CampaignsStore,
  ChainReportStore,
  ConsentsStore,
  ControlReadiness,
  ControlWork,
  ControlsStore,
  CouponPoolsStore,
  LuckyBoxesStore,
  CustomerPrivacyStore,
  CustomersStore,
  DemonstrationStore,
  EntriesStore,
  ExclusionListsStore,
  ExportsStore,
  InboxStore,
  EventLogStore,
  LateClaimsStore,
  KeysStore,
  LaunchedStore,
  LedgerSealsStore,
  LinksReadStore,
  MessagesReadStore,
  OwedItemsStore,
  PasswordsStore,
  PayoutDecisions,
  PayoutProposalsStore,
  PayoutReleases,
  PayoutReportStore,
  PayoutsReadStore,
  PeriodsStore,
  PeopleStore,
  PoliciesStore,
  QueueAttentionStore,
  RatesStore,
  GoalCurveStore,
  ReplayReportsStore,
  ResponseCurveStore,
  RestorationReportStore,
  RestorationsStore,
  RetentionStore,
  RunMigrationStore,
  RetriesStore,
  RewardCapsStore,
  RunReportStore,
  RunsStore,
  SeenFieldsStore,
  SegmentUploads,
  SegmentsStore,
  SessionsStore,
  SettlementBreaksStore,
  SettlementDaysStore,
  SettlementFilesStore,
  SettlementMatchStore,
  SignInStore,
  SignedHeadsStore,
  StaffListsStore,
  StartsStore,
  StatementStore,
  TemplatesStore,
  TestMessagesStore,
  TestRecipientsStore,
  TimelineStore,
  UnsubscribeStore,
  VersionsStore,
  WebhooksStore,
  WhyStore,
];
