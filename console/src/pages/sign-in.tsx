/**
 * Coming in: by a one-time link, whose token stands behind `#` and so reaches no server's log, or by name and password.
 */
import { Anchor, Button, Group, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, useLocation } from 'react-router';
import { useSession } from '../api/session.js';
import { Failure } from '../parts/failure.js';
import { Settings } from '../shell/shell.js';
import wave from '../styles/wave.svg';

/** The token of the address, which is taken out of it at once: neither history nor a copied address keeps it. */
function takeLink(): string | null {
  const link = linkOf();
  if (link !== null) window.history.replaceState(window.history.state, '', window.location.pathname);
  return link;
}

const linkOf = (): string | null => new URLSearchParams(window.location.hash.slice(1)).get('token');

export function SignIn() {
  const { t } = useTranslation();
  const { person, signIn } = useSession();
  const location = useLocation();
  const [account, setAccount] = useState('');
  const [password, setPassword] = useState('');
  const coming = useMutation({ mutationFn: signIn });
  useEffect(() => {
    document.title = `${t('signIn.title')} · Pado`;
  }, [t]);
  useEffect(() => {
    // not before it is known that nobody was signed in: that answer, coming late, would end the new session
    if (person === undefined) return;
    const link = takeLink();
    if (link !== null) coming.mutate({ link });
    // a link may be opened in a tab that shows this page already
  }, [coming, person, location]);
  // whoever is signed in and opens a link stays here until it is taken: what a desk asked as the former person would be refused, and end the new session
  const isComing = linkOf() !== null || coming.isPending || coming.isError;
  const desk = (location.state as { from?: string } | null)?.from ?? '/';
  if (person && !isComing) return <Navigate to={desk} replace />;
  return (
    <main className="sign-in">
      <Paper withBorder p="xl" className="sign-in-card">
        <form
          onSubmit={(event) => {
            event.preventDefault();
            coming.mutate({ account, password });
          }}
        >
          <Stack gap="md">
            <Group gap="sm">
              <img src={wave} alt="" width={36} height={36} />
              <Title order={1} size="h3">
                {t('signIn.title')}
              </Title>
            </Group>
            <Text size="sm" c="dimmed">
              {t('signIn.byLink')}
            </Text>
            {coming.isError && <Failure error={coming.error} />}
            {coming.isError && person && (
              <Anchor component={Link} to={desk}>
                {t('signIn.goOn', { name: person.name })}
              </Anchor>
            )}
            <TextInput
              label={t('signIn.account')}
              autoComplete="username"
              required
              value={account}
              onChange={(event) => setAccount(event.currentTarget.value)}
            />
            <PasswordInput
              label={t('signIn.password')}
              autoComplete="current-password"
              required
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
              visibilityToggleButtonProps={{ 'aria-label': t('signIn.show') }}
            />
            <Button type="submit" loading={coming.isPending}>
              {t('signIn.enter')}
            </Button>
          </Stack>
        </form>
      </Paper>
      <Group gap="xs">
        <Settings />
      </Group>
    </main>
  );
}
