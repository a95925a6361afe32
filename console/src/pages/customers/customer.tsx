/**
 * One customer: who they are to us and what they allow, why they got what they got of a campaign, and everything that was decided about them over all
 * campaigns. The address says of which campaign and run.
 */
import { Badge, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { useRead } from '../../api/lists.js';
import { CALM_MS } from '../../api/queries.js';
import { useMay } from '../../api/session.js';
import { customerprivacyErase, customersChangeStatus, customersFind } from '../../client/sdk.gen.js';
import type { Customer } from '../../client/types.gen.js';
import { Decision } from '../../parts/decision.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Loaded } from '../../parts/loaded.js';
import { Facts, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { CustomerTimeline, useTimeline } from './timeline.js';
import { Why } from './why.js';

export function Component() {
  const { t } = useTranslation();
  const { id = '' } = useParams();
  const may = useMay();
  const isSeen = may('customers.find');
  const customer = useRead(['customers', id], (signal) => customersFind({ path: { id }, signal }), {
    everyMs: CALM_MS,
    enabled: isSeen,
  });
  const timeline = useTimeline(id);
  const { data } = customer;
  const up = { to: '/customers', label: t('places.customers') };
  if (timeline.isError)
    return (
      <Page title={id} up={up}>
        <Failure error={timeline.error} again={() => void timeline.refetch()} />
      </Page>
    );
  return (
    <Page
      title={id}
      up={up}
      beside={data && <State kind="customer" state={data.status} />}
      actions={data && <Actions customer={data} />}
    >
      {isSeen && (
        <Section title={t('customers.about')}>
          <Loaded query={customer}>{(data) => <About customer={data} />}</Loaded>
        </Section>
      )}
      <Why customer={id} met={timeline.data} />
      <CustomerTimeline customer={id} list={timeline} />
    </Page>
  );
}

function About({ customer }: { customer: Customer }) {
  const { t } = useTranslation();
  const consents = Object.entries(customer.consents).toSorted(([a], [b]) => a.localeCompare(b));
  const channels = Object.keys(customer.addresses).toSorted();
  const attributes = Object.entries(customer.attributes);
  return (
    <>
      <Facts
        facts={[
          [
            t('customers.consents'),
            consents.length === 0 ? null : (
              <Group gap={6}>
                {consents.map(([name, { granted, night }]) => (
                  <Badge
                    key={name}
                    variant="light"
                    color={granted ? 'teal' : 'red'}
                    radius="sm"
                    className="state"
                    leftSection={<Icon name={granted ? 'check' : 'cross'} size={14} />}
                  >
                    {name} · {t(granted ? (night ? 'customers.nightToo' : 'customers.granted') : 'customers.refused')}
                  </Badge>
                ))}
              </Group>
            ),
          ],
          [t('customers.addresses'), channels.length === 0 ? null : channels.join(', ')],
          [t('customers.zone'), customer.zone],
          [t('customers.versions'), `${customer.gateVersion} / ${customer.attrVersion}`],
        ]}
      />
      {/* apart, for their names may be any */}
      {attributes.length > 0 && <Facts facts={attributes.map(([name, value]) => [name, String(value)] as const)} />}
    </>
  );
}

function Actions({ customer: { id, status } }: { customer: Customer }) {
  const { t } = useTranslation();
  const may = useMay();
  const states = (['active', 'incident', 'withdrawn'] as const).filter((one) => one !== status);
  return (
    <>
      {may('customers.changeStatus') && (
        <Decision
          verb={t('customers.changeStatus')}
          icon="draft"
          quiet
          effect={t('customers.changeStatusEffect')}
          choices={{
            label: t('common.state'),
            options: states.map((value) => ({ value, label: t(`states.customer.${value}`) })),
          }}
          reason
          decide={({ choice, reason }) =>
            customersChangeStatus({ path: { id }, body: { status: choice as Customer['status'], reason } })
          }
        />
      )}
      {may('customerprivacy.erase') && (
        <Decision
          verb={t('customers.erase')}
          icon="ban"
          color="red"
          quiet
          effect={t('customers.eraseEffect', { id })}
          reason
          decide={({ reason }) => customerprivacyErase({ path: { id }, body: { reason } })}
        />
      )}
    </>
  );
}
