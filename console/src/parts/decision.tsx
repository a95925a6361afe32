/**
 * A decision of a person: what it will do and to how many, the reason where one is asked for, and one button that says it again. It is sent under
 * one idempotency key however often it is tried.
 */
import { Button, Group, Modal, Radio, Stack, Text, Textarea } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { newIdempotencyKey } from '../api/client.js';
import { queries } from '../api/queries.js';
import { Failure } from './failure.js';
import { Icon, type IconName } from './icon.js';

export interface Made {
  reason: string;
  choice: string;
  idempotencyKey: string;
}

interface DecisionProps {
  /** On the button that opens it and on the one that decides: names the count where there is one. */
  verb: string;
  /** On the button that opens it, where the verb depends on what is said within. */
  opener?: string;
  icon: IconName;
  /** Red for what cannot be taken back. */
  color?: string;
  quiet?: boolean;
  /** What will happen. */
  effect: ReactNode;
  reason?: boolean;
  /** Something that it needs is not there yet. */
  blocked?: boolean;
  wide?: boolean;
  choices?: { label: string; options: readonly { value: string; label: string }[] };
  onOpen?: () => void;
  onClose?: () => void;
  decide: (made: Made) => Promise<unknown>;
}

export function Decision(props: DecisionProps) {
  const { t } = useTranslation();
  const [opened, setOpened] = useState(0);
  const color = props.color ?? 'wave';
  const open = () => {
    props.onOpen?.();
    setOpened((times) => Math.abs(times) + 1);
  };
  const close = () => {
    props.onClose?.();
    setOpened((times) => -times);
  };
  return (
    <>
      <Button
        size={props.quiet ? 'xs' : 'sm'}
        variant={props.quiet || props.color ? 'default' : 'filled'}
        color={color}
        leftSection={
          <Text span c={props.color} className="icon">
            <Icon name={props.icon} size={16} />
          </Text>
        }
        onClick={open}
      >
        {props.opener ?? props.verb}
      </Button>
      <Modal
        opened={opened > 0}
        onClose={close}
        title={props.opener ?? props.verb}
        closeButtonProps={{ 'aria-label': t('common.close') }}
        centered
        size={props.wide ? 'xl' : 'md'}
        // what locks the page's scrolling inserts a <style>, which the policy forbids
        lockScroll={false}
      >
        <Form key={Math.abs(opened)} {...props} color={color} close={close} />
      </Modal>
    </>
  );
}

function Form(props: DecisionProps & { color: string; close: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState('');
  const [choice, setChoice] = useState(props.choices?.options[0]?.value ?? '');
  const [idempotencyKey] = useState(newIdempotencyKey);
  const sending = useMutation({
    mutationFn: () => props.decide({ reason: reason.trim(), choice, idempotencyKey }),
    onSuccess: props.close,
    // whatever came of it, what is shown may be old
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        sending.mutate();
      }}
    >
      <Stack gap="md">
        <Text component="div">{props.effect}</Text>
        {props.choices && (
          <Radio.Group label={props.choices.label} value={choice} onChange={setChoice}>
            <Stack gap="xs" mt="xs">
              {props.choices.options.map((option) => (
                <Radio key={option.value} value={option.value} label={option.label} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {props.reason && (
          <Textarea
            label={t('common.reason')}
            description={t('common.reasonNote')}
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
            required
            maxLength={500}
            autosize
            minRows={2}
            data-autofocus
          />
        )}
        {sending.isError && <Failure error={sending.error} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={props.close}>
            {t('common.cancel')}
          </Button>
          <Button
            type="submit"
            // dark enough for white words (WCAG AA)
            color={props.color === 'wave' ? props.color : `${props.color}.9`}
            loading={sending.isPending}
            disabled={props.blocked === true || (props.reason === true && reason.trim() === '')}
          >
            {props.verb}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
