/**
 * Saving what is edited over what was seen, and over nothing newer: the button, and what went wrong.
 */
import { Button, Modal } from '@mantine/core';
import type { UseMutationResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Failure } from './failure.js';
import { Icon } from './icon.js';

/** The precondition of a save; null: there is none of that key yet. */
export const overSeen = (seen: number | null): { 'If-None-Match': '*' } | { 'If-Match': string } =>
  seen === null ? { 'If-None-Match': '*' } : { 'If-Match': `"${seen}"` };

interface SavingProps {
  verb: string;
  disabled: boolean;
  saving: Pick<UseMutationResult<unknown, unknown, void>, 'isPending' | 'isError' | 'error' | 'mutate' | 'reset'>;
  /** Below what went wrong. */
  children?: ReactNode;
}

export function SaveButton({ verb, disabled, saving, children }: SavingProps) {
  const { t } = useTranslation();
  return (
    <>
      <Button
        leftSection={<Icon name="check" size={16} />}
        disabled={disabled}
        loading={saving.isPending}
        onClick={() => saving.mutate()}
      >
        {verb}
      </Button>
      <Modal
        opened={saving.isError}
        onClose={saving.reset}
        title={verb}
        closeButtonProps={{ 'aria-label': t('common.close') }}
        // what locks the page's scrolling inserts a <style>, which the policy forbids
        lockScroll={false}
        centered
      >
        {saving.isError && <Failure error={saving.error} />}
        {children}
      </Modal>
    </>
  );
}
