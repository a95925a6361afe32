/**
 * The first page: in a demonstration its campaign as it moves, and the four steps beside it; everywhere else the first page of whoever's desk it is.
 */
import './first.css';
import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate } from 'react-router';
import { desksOf } from '../../api/access.js';
import { useRead } from '../../api/lists.js';
import { useLiveRun } from '../../api/live.js';
import { LIVE_MS } from '../../api/queries.js';
import { useMay, usePerson } from '../../api/session.js';
import { demonstrationFind } from '../../client/sdk.gen.js';
import type { RunDetail } from '../../client/types.gen.js';
import { Icon } from '../../parts/icon.js';
import { LiveAsOf } from '../../parts/live.js';
import { Loaded } from '../../parts/loaded.js';
import { Page } from '../../parts/page.js';
import { State } from '../../parts/state.js';
import { placesOf } from '../../shell/desks.js';
import { Stages } from '../runs/stages.js';
import type { Shown } from './shown.js';
import { Steps } from './steps.js';
import { Waves } from './waves.js';

export function Component() {
  const may = useMay();
  const asked = may('demonstration.find');
  const { data, isPending } = useRead(['demonstration'], (signal) => demonstrationFind({ signal }), {
    everyMs: LIVE_MS,
    enabled: asked,
  });
  if (asked && isPending) return <div aria-busy="true" />;
  return data?.demonstration ? <Demonstrated shown={data.demonstration} /> : <OwnDesk />;
}

function OwnDesk() {
  const { roles } = usePerson();
  const may = useMay();
  const { t } = useTranslation();
  const first = placesOf(desksOf(roles), may).flatMap(([, places]) => places)[0];
  return first ? <Navigate to={first.to} replace /> : <Text p="xl">{t('shell.noDesk')}</Text>;
}

/** They come in one by one: the audience are those who have. */
const everybodyOf = ({ participants: { active, ended, failed } }: RunDetail) => active + ended + failed;

const HIDDEN = 'pado.steps-hidden';

function Demonstrated({ shown }: { shown: Shown }) {
  const { t } = useTranslation();
  const [hidden, setHidden] = useState(() => localStorage.getItem(HIDDEN) !== null);
  const hide = (now: boolean) => {
    if (now) localStorage.setItem(HIDDEN, '1');
    else localStorage.removeItem(HIDDEN);
    setHidden(now);
  };
  const run = useLiveRun(shown.run);
  return (
    <Page
      title={t('first.title')}
      beside={
        run.data && (
          <>
            <State kind="run" state={run.data.state} />
            <LiveAsOf following={run.following} readAt={run.dataUpdatedAt} />
          </>
        )
      }
      actions={
        <>
          {hidden && (
            <Button variant="default" onClick={() => hide(false)} leftSection={<Icon name="flag" size={16} />}>
              {t('first.show')}
            </Button>
          )}
          {shown.run !== null && (
            <Button
              component={Link}
              to={`/runs/${encodeURIComponent(shown.run)}`}
              variant="default"
              leftSection={<Icon name="play" size={16} />}
            >
              {t('first.run')}
            </Button>
          )}
        </>
      }
    >
      <Text c="dimmed">{t('first.note')}</Text>
      <div className={hidden ? undefined : 'first'}>
        <div className="first-run">
          <Loaded query={run}>
            {(data) => (
              <>
                <Stages run={{ ...data, audience: everybodyOf(data) }} />
                <Waves run={data} />
              </>
            )}
          </Loaded>
        </div>
        {!hidden && <Steps shown={shown} hide={() => hide(true)} />}
      </div>
    </Page>
  );
}
