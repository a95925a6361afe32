/**
 * What stands around every page: the desks of whoever is signed in, search, language, light and dark.
 */
import { ActionIcon, Button, Group, Kbd, NavLink, Text, useMantineColorScheme } from '@mantine/core';
import { useComputedColorScheme } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Navigate, Outlet, useLocation } from 'react-router';
import { desksOf } from '../api/access.js';
import { useMay, usePerson, useSession } from '../api/session.js';
import { Icon } from '../parts/icon.js';
import wave from '../styles/wave.svg';
import { changeLanguage, LANGUAGES } from '../texts/start.js';
import { placesOf } from './desks.js';

/** Loaded when somebody first searches. */
const Search = lazy(() => import('./search.js'));
/** When somebody first opens it. */
const WhoMenu = lazy(() => import('./who.js'));

export function Shell() {
  const { t } = useTranslation();
  const { person } = useSession();
  const location = useLocation();
  const [searches, setSearches] = useState(0);
  const search = () => setSearches((times) => times + 1);
  useHotkeys([
    ['mod+K', search],
    ['/', search],
  ]);
  if (person === undefined) return <div aria-busy="true" />;
  if (person === null) return <Navigate to="/sign-in" state={{ from: location.pathname + location.search }} replace />;
  return (
    <div className="shell">
      <a href="#main" className="skip">
        {t('shell.skip')}
      </a>
      <Desks />
      <header className="bar">
        <Button
          variant="default"
          className="find"
          leftSection={<Icon name="search" size={16} />}
          rightSection={<Kbd size="xs">⌘K</Kbd>}
          onClick={search}
        >
          {t('shell.search')}
        </Button>
        <Group gap="xs">
          <Settings />
          <Who />
        </Group>
      </header>
      <main id="main" tabIndex={-1}>
        <Suspense>
          <Outlet />
        </Suspense>
      </main>
      {searches > 0 && (
        <Suspense>
          <Search asked={searches} />
        </Suspense>
      )}
    </div>
  );
}

function Desks() {
  const { t } = useTranslation();
  const may = useMay();
  const { pathname } = useLocation();
  const { roles } = usePerson();
  return (
    <nav className="desks" aria-label={t('shell.desks')}>
      <Link to="/" className="brand">
        <img src={wave} alt="" width={28} height={28} />
        <span>Pado</span>
      </Link>
      {placesOf(desksOf(roles), may).map(([desk, places]) => (
        <div key={desk} role="group" aria-labelledby={`desk-${desk}`}>
          <Text id={`desk-${desk}`} size="xs" fw={600} c="dimmed" className="desk">
            {t(`desks.${desk}`)}
          </Text>
          {places.map(({ to, text, icon }) => {
            const here = pathname === to || pathname.startsWith(`${to}/`);
            return (
              <NavLink
                key={to}
                component={Link}
                to={to}
                label={t(`places.${text}`)}
                leftSection={<Icon name={icon} />}
                active={here}
                aria-current={here ? 'page' : undefined}
              />
            );
          })}
        </div>
      ))}
    </nav>
  );
}

/** Language, light and dark: for whoever is signed in or not. */
export function Settings() {
  const { t, i18n } = useTranslation();
  // what would hold transitions back inserts a <style>, which the policy forbids
  const { setColorScheme } = useMantineColorScheme({ keepTransitions: true });
  const dark = useComputedColorScheme('light') === 'dark';
  const other = LANGUAGES.find((language) => language !== i18n.language) ?? 'ko';
  return (
    <>
      <Button variant="subtle" color="gray" size="sm" lang={other} onClick={() => void changeLanguage(other)}>
        {other === 'ko' ? '한국어' : 'English'}
      </Button>
      <ActionIcon
        variant="subtle"
        color="gray"
        size="lg"
        aria-label={t(dark ? 'shell.light' : 'shell.dark')}
        title={t(dark ? 'shell.light' : 'shell.dark')}
        onClick={() => setColorScheme(dark ? 'light' : 'dark')}
      >
        <Icon name={dark ? 'sun' : 'moon'} />
      </ActionIcon>
    </>
  );
}

function Who() {
  const { name } = usePerson();
  const [asked, setAsked] = useState(false);
  const closed = (
    <Button variant="subtle" color="gray" size="sm" aria-haspopup="menu" onClick={() => setAsked(true)}>
      {name}
    </Button>
  );
  if (!asked) return closed;
  return (
    <Suspense fallback={closed}>
      <WhoMenu />
    </Suspense>
  );
}
