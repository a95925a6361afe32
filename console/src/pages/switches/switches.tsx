/**
 * Switches: every scope that was ever switched, and a form to switch any other. The run's and the campaign's own pages have theirs, too.
 */
import { Anchor, Group, NativeSelect, Stack, Table, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'react-router';
import { useRead } from '../../api/lists.js';
import { useLive } from '../../api/live.js';
import { controlsChange, controlsList, runsFind } from '../../client/sdk.gen.js';
import type { ControlState } from '../../client/types.gen.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Empty, Page, Section } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { Switching } from '../../parts/switching.js';
import { Moment } from '../../parts/values.js';

const KINDS = [
  'all',
  'campaign',
  'run',
  'channel',
  'gateway',
  'provider',
  'payouts',
  'payouts/campaign',
  'payouts/kind',
] as const;
type Kind = (typeof KINDS)[number];
/** Those of which there is one each. */
const UNNAMED: readonly string[] = ['all', 'payouts'];

function partsOf(scope: string): { kind: Kind; name: string } {
  const fits = KINDS.filter((kind) => scope === kind || scope.startsWith(`${kind}/`));
  const kind = fits.toSorted((a, b) => b.length - a.length)[0] ?? 'all';
  return { kind, name: scope.slice(kind.length + 1) };
}

export function Component() {
  const { t } = useTranslation();
  const live = useLive(['controls']);
  const controls = useRead(['controls'], (signal) => controlsList({ signal }), live.polled);
  return (
    <Page
      title={t('places.switches')}
      beside={<LiveAsOf following={live.following} readAt={live.asOf('controls', controls)} />}
    >
      <Loaded query={controls}>
        {({ items }) => (
          <>
            <Another states={Object.fromEntries(items.map(({ scope, state }) => [scope, state]))} />
            <Section title={t('switches.known')}>
              {items.length === 0 ? (
                <Empty icon="switches" title={t('switches.none')} />
              ) : (
                <Table verticalSpacing="xs">
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('switches.scope')}</Table.Th>
                      <Table.Th>{t('common.state')}</Table.Th>
                      <Table.Th>{t('common.reason')}</Table.Th>
                      <Table.Th>{t('common.by')}</Table.Th>
                      <Table.Th>{t('common.at')}</Table.Th>
                      <Table.Th>{t('common.decide')}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {items.map((item) => (
                      <Table.Tr key={item.scope} data-scope={item.scope}>
                        <Table.Td>
                          <Scope scope={item.scope} />
                        </Table.Td>
                        <Table.Td>
                          <State kind="control" state={item.state} />
                        </Table.Td>
                        <Table.Td>{item.reason}</Table.Td>
                        <Table.Td>{item.actor}</Table.Td>
                        <Table.Td>
                          <Moment at={item.at} />
                        </Table.Td>
                        <Table.Td>
                          <OfScope scope={item.scope} state={item.state} quiet />
                        </Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              )}
            </Section>
          </>
        )}
      </Loaded>
    </Page>
  );
}

function Scope({ scope }: { scope: string }) {
  const { t } = useTranslation();
  const { kind, name } = partsOf(scope);
  const to = { run: '/runs', campaign: '/campaigns', 'payouts/campaign': '/campaigns' }[kind as string];
  return (
    <>
      {t(`switches.kinds.${kind}`)}{' '}
      {to === undefined ? (
        <strong>{name}</strong>
      ) : (
        <Anchor component={Link} to={`${to}/${encodeURIComponent(name)}`} inherit>
          {name}
        </Anchor>
      )}
    </>
  );
}

/** A run tells how many people are under way in it; of the other scopes the API tells no count. */
function OfScope({ scope, state, quiet }: { scope: string; state: ControlState; quiet?: boolean }) {
  const run = scope.startsWith('run/') ? scope.slice('run/'.length) : '';
  const detail = useRead(['runs', run], (signal) => runsFind({ path: { run }, signal }), { enabled: run !== '' });
  const change = (body: Parameters<typeof controlsChange>[0]['body']) => controlsChange({ path: { scope }, body });
  return (
    <Switching
      state={state}
      quiet={quiet}
      people={run === '' ? undefined : detail.data?.participants.active}
      pause={({ reason }) => change({ state: 'paused', reason })}
      resume={({ reason, overdue }) => change({ state: 'running', reason, overdue })}
      stop={({ reason }) => change({ state: 'stopped', reason })}
    />
  );
}

function Another({ states }: { states: Readonly<Record<string, ControlState>> }) {
  const { t } = useTranslation();
  const [kind, setKind] = useState<Kind>('all');
  const [name, setName] = useState('');
  const named = !UNNAMED.includes(kind);
  const scope = named ? `${kind}/${name.trim()}` : kind;
  const whole = !named || name.trim() !== '';
  return (
    <Section title={t('switches.another')} note={t('switches.note')}>
      <Stack gap="sm" className="section-body">
        <Group gap="sm" align="flex-end">
          <NativeSelect
            label={t('switches.scope')}
            data={KINDS.map((value) => ({ value, label: t(`switches.kinds.${value}`) }))}
            value={kind}
            onChange={(event) => setKind(event.currentTarget.value as typeof kind)}
          />
          {named && (
            <TextInput
              label={t('switches.name')}
              value={name}
              onChange={(event) => setName(event.currentTarget.value)}
              required
            />
          )}
        </Group>
        {whole && <OfScope key={scope} scope={scope} state={states[scope] ?? 'running'} />}
      </Stack>
    </Section>
  );
}
