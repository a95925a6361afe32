/**
 * What the API answers with, in the order in which routes are matched: the first that fits is taken.
 */
import type { Type } from '@nestjs/common';
import { AuditLogController } from './api/audit-log/audit-log.controller.js';
import { AttentionController } from './api/attention/attention.controller.js';
import { BudgetsController } from './api/budgets/budgets.controller.js';
import { BudgetChangesController } from './api/budgets/changes.controller.js';
import { CalendarController } from './api/calendar/calendar.controller.js';
import { CallbacksController } from './api/callbacks/callbacks.controller.js';
import { CampaignLifeController } from './api/campaigns/campaign-life.controller.js';
import { CampaignVersionsController } from './api/campaigns/campaign-versions.controller.js';
import { CampaignStartsController } from './api/campaigns/campaign-starts.controller.js';
import { CampaignsController } from './api/campaigns/campaigns.controller.js';
import { ConsentsController } from './api/consents/consents.controller.js';
import { FunnelController } from './api/campaigns/funnel.controller.js';
import { ContactPoliciesController } from './api/contact-policies/contact-policies.controller.js';
import { RewardCapsController } from './api/reward-caps/reward-caps.controller.js';
import { ControlsController } from './api/controls/controls.controller.js';
import { CouponPoolsController } from './api/coupon-pools/coupon-pools.controller.js';
import { DeploymentController } from './api/deployment/deployment.controller.js';
import { ReplaysController } from './api/deployment/replays.controller.js';
import { DemonstrationController } from './api/demonstration/demonstration.controller.js';
import { CustomersController } from './api/customers/customers.controller.js';
import { CustomerPrivacyController } from './api/customers/privacy.controller.js';
import { CustomerStoryController } from './api/customers/story.controller.js';
import { CloudEventsController } from './api/events/cloud-events.controller.js';
import { EventsController } from './api/events/events.controller.js';
import { EventLogController } from './api/events/event-log.controller.js';
import { SourceSettingsController } from './api/events/source-settings.controller.js';
import { ExclusionListsController } from './api/exclusion-lists/exclusion-lists.controller.js';
import { LuckyBoxesController } from './api/lucky-boxes/lucky-boxes.controller.js';
import { ExportsController } from './api/exports/exports.controller.js';
import { GalleryController } from './api/gallery/gallery.controller.js';
import { HealthController } from './api/health/health.controller.js';
import { InboxController } from './api/inbox/inbox.controller.js';
import { InstallationController } from './api/installation/installation.controller.js';
import { KeysController } from './api/keys/keys.controller.js';
import { LedgerController } from './api/ledger/ledger.controller.js';
import { PeriodsController } from './api/ledger/periods.controller.js';
import { StatementsController } from './api/ledger/statements.controller.js';
import { LateResponsesController } from './api/late-responses/late-responses.controller.js';
import { OwedItemsController } from './api/owed-items/owed-items.controller.js';
import { PayoutDecisionsController } from './api/payouts/decisions.controller.js';
import { PayoutProposalsController } from './api/payouts/proposals.controller.js';
import { PayoutReversalsController } from './api/payouts/reversals.controller.js';
import { PayoutReleasesController } from './api/payouts/releases.controller.js';
import { PayoutsController } from './api/payouts/payouts.controller.js';
import { PeopleController } from './api/people/people.controller.js';
import { ReportsController } from './api/reports/reports.controller.js';
import { RetriesController } from './api/retries/retries.controller.js';
import { ChainReportController } from './api/runs/chain-report.controller.js';
import { LinksController } from './api/runs/links.controller.js';
import { LiveController } from './api/runs/live.controller.js';
import { TopicsController } from './api/live/topics.controller.js';
import { RetentionController } from './api/retention/retention.controller.js';
import { QueuesController } from './api/rates/queues.controller.js';
import { RatesController } from './api/rates/rates.controller.js';
import { RestorationsController } from './api/restorations/restorations.controller.js';
import { GoalCurveController } from './api/runs/goal-curve.controller.js';
import { ResponseCurveController } from './api/runs/response-curve.controller.js';
import { RunMigrationController } from './api/runs/run-migration.controller.js';
import { RunMovesController } from './api/runs/run-moves.controller.js';
import { RunsController } from './api/runs/runs.controller.js';
import { SchemasController } from './api/schemas/schemas.controller.js';
import { SegmentFieldsController } from './api/segments/segment-fields.controller.js';
import { SegmentsController } from './api/segments/segments.controller.js';
import { UploadsController } from './api/segments/uploads.controller.js';
import { SettlementBreaksController } from './api/settlements/breaks.controller.js';
import { SettlementsController } from './api/settlements/settlements.controller.js';
import { OidcController } from './api/session/oidc.controller.js';
import { SessionController } from './api/session/session.controller.js';
import { StaffListsController } from './api/staff-lists/staff-lists.controller.js';
import { TemplatePreviewsController } from './api/templates/template-previews.controller.js';
import { TemplatesController } from './api/templates/templates.controller.js';
import { TestMessagesController } from './api/test-messages/test-messages.controller.js';
import { TestRecipientsController } from './api/test-messages/test-recipients.controller.js';
import { UnsubscribeController } from './api/unsubscribe/unsubscribe.controller.js';

export const CONTROLLERS: Type[] = [
  CustomersController,
  CustomerStoryController,
  CustomerPrivacyController,
  ConsentsController,
  EventsController,
  EventLogController,
  CloudEventsController,
  SourceSettingsController,
  SchemasController,
  SegmentsController,
  SegmentFieldsController,
  UploadsController,
  TemplatesController,
  TemplatePreviewsController,
  TestRecipientsController,
  TestMessagesController,
  ContactPoliciesController,
  CalendarController,
  ExclusionListsController,
  BudgetsController,
  BudgetChangesController,
  RewardCapsController,
  CouponPoolsController,
  LuckyBoxesController,
  CampaignsController,
  GalleryController,
  CampaignLifeController,
  CampaignVersionsController,
  CampaignStartsController,
  FunnelController,
  RunsController,
  LiveController,
  GoalCurveController,
  TopicsController,
  ResponseCurveController,
  RunMovesController,
  RunMigrationController,
  LinksController,
  ChainReportController,
  ControlsController,
  RestorationsController,
  RetentionController,
  RetriesController,
  RatesController,
  QueuesController,
  DeploymentController,
  ReplaysController,
  DemonstrationController,
  PayoutsController,
  LedgerController,
  PeriodsController,
  SettlementsController,
  SettlementBreaksController,
  StatementsController,
  ReportsController,
  ExportsController,
  AuditLogController,
  LateResponsesController,
  PayoutProposalsController,
  PayoutReversalsController,
  PayoutDecisionsController,
  PayoutReleasesController,
  OwedItemsController,
  CallbacksController,
  UnsubscribeController,
  InboxController,
  StaffListsController,
  InstallationController,
  KeysController,
  PeopleController,
  OidcController,
  SessionController,
  AttentionController,
  HealthController,
];
