/**
 * A table on its way: chosen, sent, and its first rows as they were read. What stands in a file is shown as text and nothing else.
 */
import { Button, FileButton, Group, NativeSelect, Progress, Text } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { TableHead } from '../client/types.gen.js';
import { shareText } from '../format/count.js';
import { Icon } from '../parts/icon.js';
import { Rows } from '../parts/list.js';
import { XLSX, type TableFile } from './uploading.js';

/** A table from this machine; a file that is chosen again is another one. */
export function ChooseFile({ file, charset, set }: TableFile & { set: (to: TableFile) => void }) {
  const { t } = useTranslation();
  return (
    <Group gap="sm" align="flex-end">
      <FileButton accept={`.csv,.xlsx,text/csv,${XLSX}`} onChange={(to) => set({ file: to, charset })}>
        {(props) => (
          <Button {...props} variant="default" leftSection={<Icon name="upload" size={16} />}>
            {t('segments.choose')}
          </Button>
        )}
      </FileButton>
      <NativeSelect
        label={t('segments.charset')}
        value={charset}
        data={[
          { value: 'utf-8', label: t('segments.charsets.utf8') },
          { value: 'euc-kr', label: t('segments.charsets.eucKr') },
        ]}
        onChange={({ currentTarget }) => set({ file, charset: currentTarget.value })}
      />
      {file && <Text size="sm">{t('segments.chosen', { name: file.name })}</Text>}
    </Group>
  );
}

/** How much of the file is there. */
export function Sent({ share }: { share: number }) {
  const { t, i18n } = useTranslation();
  return (
    <div>
      <Text size="xs" c="dimmed">
        {t('segments.sent', { share: shareText(share, 1, i18n.language) })}
      </Text>
      <Progress value={share * 100} size="sm" aria-label={t('segments.sending')} />
    </div>
  );
}

/** As they were read. */
export function FirstRows({ head, marked }: { head: TableHead; marked: string | null }) {
  const { t } = useTranslation();
  return (
    <div className="section-body">
      <Text size="sm" fw={600}>
        {t('segments.firstRows')}
      </Text>
      <Rows
        rows={head.rows}
        keyOf={({ line }) => String(line)}
        label={t('segments.firstRows')}
        columns={head.header.map((name, n) => ({
          name: name.trim() === marked ? `${name} ✓` : name || String(n + 1),
          of: ({ cells }: (typeof head.rows)[number]) => <span className="id">{cells[n]}</span>,
        }))}
      />
    </div>
  );
}
