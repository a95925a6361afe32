/**
 * Saving what is edited as the campaign's next revision; and what to do where somebody else saved one meanwhile.
 */
import { Alert, Button, Group } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useNavigate } from 'react-router';
import { useFilters } from '../api/lists.js';
import { queries } from '../api/queries.js';
import { campaignsPut } from '../client/sdk.gen.js';
import type { CampaignRecord } from '../client/types.gen.js';
import { Icon } from '../parts/icon.js';
import { overSeen, SaveButton } from '../parts/saving.js';
import { forgetDraft } from './draft.js';
import type { Editor } from './use-editor.js';

export function Save({ editor }: { editor: Editor }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { campaign, revision, saved, dirty, moved } = editor;
  const key = saved?.key ?? campaign.key;
  const saving = useMutation({
    mutationFn: () =>
      campaignsPut({
        path: { key },
        body: { ...campaign, key },
        headers: overSeen(revision),
      }),
    onSuccess: async (kept) => {
      queries.setQueryData(['campaigns', key], kept);
      if (saved) return editor.take(kept);
      forgetDraft(null);
      await navigate(`/campaigns/${encodeURIComponent(key)}/edit${location.search}`, { replace: true });
    },
    onSettled: () => queries.invalidateQueries({ queryKey: ['campaigns'] }),
  });
  return (
    <SaveButton verb={t('canvas.save', { revision: (revision ?? 0) + 1 })} disabled={!dirty || moved} saving={saving} />
  );
}

export function Conflict({ editor, saved }: { editor: Editor; saved: CampaignRecord }) {
  const { t } = useTranslation();
  const filters = useFilters();
  return (
    <Alert color="orange" variant="light" icon={<Icon name="alert" />} title={t('canvas.conflict.title')} role="alert">
      {t('canvas.conflict.text', { by: saved.editedBy, now: saved.revision, base: editor.revision ?? 0 })}
      <Group gap="xs" mt="sm">
        <Button size="xs" variant="default" onClick={() => filters.set('view', 'compare')}>
          {t('canvas.conflict.view')}
        </Button>
        <Button size="xs" variant="default" onClick={() => editor.take(saved)}>
          {t('canvas.conflict.theirs')}
        </Button>
        <Button size="xs" variant="default" onClick={editor.keepMine}>
          {t('canvas.conflict.keep')}
        </Button>
      </Group>
    </Alert>
  );
}
