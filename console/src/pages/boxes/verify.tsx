/**
 * Every draw of a closed box computed again, here in the browser; and the command by which anybody else does it.
 */
import { Alert, Button, Stack, Text } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useMay } from '../../api/session.js';
import { take } from '../../api/taking.js';
import type { LuckyBox } from '../../client/types.gen.js';
import { verifyDraws, type DrawsVerdict } from '../../format/draws.js';
import { Failure } from '../../parts/failure.js';
import { Icon } from '../../parts/icon.js';
import { Section } from '../../parts/page.js';
import { Command } from '../../parts/taken.js';
import { Count } from '../../parts/values.js';
import { VirtualRows } from '../../parts/virtual.js';

export function Verify({ box }: { box: LuckyBox }) {
  const { t } = useTranslation();
  const may = useMay();
  const computing = useMutation({
    mutationFn: async () => {
      const { content } = await take('/v1/exports/lucky-box-draws.csv', { box: box.key });
      return await verifyDraws(box, await content.text());
    },
  });
  // there only where the page came over HTTPS or from this machine
  const able = (crypto.subtle as SubtleCrypto | undefined) !== undefined;
  return (
    <Section
      title={t('boxes.verify')}
      note={t('boxes.verifyNote')}
      beside={
        able &&
        may('exports.file') && (
          <Button
            size="xs"
            loading={computing.isPending}
            leftSection={<Icon name="approve" size={16} />}
            onClick={() => computing.mutate()}
          >
            {t('boxes.verify')}
          </Button>
        )
      }
    >
      <Stack gap="sm" className="section-body">
        {!able && <Text>{t('boxes.noCrypto')}</Text>}
        {computing.isError && <Failure error={computing.error} />}
        {computing.data && <Verdict {...computing.data} />}
      </Stack>
      <Command
        text={`./pado verify-draws draws.csv --box box.json --commitment ${box.commitment}`}
        note={t('boxes.verifyAgain')}
      />
    </Section>
  );
}

function Verdict({ committed, draws, wrong }: DrawsVerdict) {
  const { t } = useTranslation();
  const good = committed && wrong === 0;
  const title = !committed
    ? t('boxes.wrongCommitment')
    : wrong > 0
      ? t('boxes.wrong', { count: wrong })
      : t('boxes.verified', { count: draws.length });
  return (
    <>
      <Alert
        color={good ? 'teal' : 'red'}
        variant="light"
        role="status"
        icon={<Icon name={good ? 'check' : 'alert'} />}
        title={title}
        data-verified={good}
      />
      <VirtualRows
        label={t('boxes.verify')}
        rows={draws}
        keyOf={({ number, key }) => `${number} ${key}`}
        hasNextPage={false}
        isFetchingNextPage={false}
        fetchNextPage={() => undefined}
        columns={[
          { name: t('boxes.number'), width: '10%', right: true, of: ({ number }) => <Count of={number} /> },
          { name: t('payouts.key'), width: '40%', of: ({ key }) => <span className="id cut">{key}</span> },
          { name: t('boxes.drawn'), width: '18%', of: ({ prize }) => <span className="cut">{prize}</span> },
          { name: t('boxes.computed'), width: '18%', of: ({ computed }) => <span className="cut">{computed}</span> },
          {
            name: t('common.state'),
            width: '14%',
            of: ({ equal }) => (
              <span data-equal={equal}>
                <Icon name={equal ? 'check' : 'alert'} size={14} /> {t(equal ? 'boxes.equal' : 'boxes.unequal')}
              </span>
            ),
          },
        ]}
      />
    </>
  );
}
